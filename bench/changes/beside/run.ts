import { fileURLToPath } from "node:url";
import type { BenchDirectory } from "../../directory.ts";
import { findTools, type ToolNames } from "../../peers/sqlite-tools.ts";
import type { Grid } from "../../report/grid.ts";
import { count, figure, megabytes } from "../../report/numbers.ts";
import { tellMachine } from "../../report/sections.ts";
import { watchLoad } from "../../result.ts";
import { toolVersions } from "../../versions.ts";
import { bundleWorker } from "../../worker/bundle.ts";
import { type Carriage, carriers } from "./contenders.ts";
import { makePairs, type Pair } from "./pair.ts";

/** d1-ferry's two routes; how far away they are is not set. */
const APP = fileURLToPath(new URL("../../distance/entry.ts", import.meta.url));

export interface BesideOptions extends ToolNames {
  rows: number;
  runs: number;
  say(what: string): void;
}

/** What each way took for each pair: medians. */
export interface Beside {
  rows: number;
  /** Of the source's cells. */
  bytes: number;
  machine: string;
  missing: string[];
  pairs: string[];
  carried: { name: string; results: Carriage[] }[];
}

/** Carries changes by d1-ferry and by SQLite's own programs, in turns. */
export async function carryBeside(directory: BenchDirectory, options: BesideOptions): Promise<Beside> {
  const { rows, runs, say } = options;
  const load = watchLoad();
  const bundle = directory.path("worker.mjs");
  await bundleWorker(bundle, APP);
  const { found, missing } = carriers(findTools(options), bundle);
  for (const one of missing) say(`left out, for it is not here: ${one}`);
  const pairs = await makePairs(directory, rows);
  const results = new Map(found.map((carrier) => [carrier, pairs.map((): Carriage[] => [])]));
  for (let run = 0; run < runs; run++) {
    for (const carrier of run % 2 === 0 ? found : found.toReversed()) {
      say(`${run + 1} of ${runs}: ${carrier.name}`);
      const carried = await carrier.carry(pairs, directory);
      for (const [i, one] of carried.entries()) results.get(carrier)?.[i]?.push(one);
    }
  }
  return {
    rows,
    bytes: (pairs[0] as Pair).contents.bytes,
    machine: tellMachine({ load: load(), versions: toolVersions() }),
    missing,
    pairs: pairs.map(({ name }) => name),
    carried: found.map((carrier) => ({
      name: carrier.name,
      results: (results.get(carrier) as Carriage[][]).map(medians),
    })),
  };
}

function medians(all: readonly Carriage[]): Carriage {
  const middle = (values: readonly number[]) =>
    [...values].sort((a, b) => a - b)[values.length >> 1] as number;
  const bytes = all.flatMap((one) => (one.bytes === null ? [] : [one.bytes]));
  return {
    seconds: middle(all.map(({ seconds }) => seconds)),
    cpuSeconds: middle(all.map(({ cpuSeconds }) => cpuSeconds)),
    bytes: bytes.length === 0 ? null : middle(bytes),
  };
}

export function besideAbout({ rows, bytes, machine, missing }: Beside): string {
  const left = missing.length === 0 ? "" : ` Left out, for it was not there: ${missing.join("; ")}.`;
  return `${count(rows)} posts, ${megabytes(bytes)} MB. ${machine}.${left}`;
}

export function besideGrid({ pairs, carried }: Beside): Grid {
  return {
    names: ["", ...pairs.flatMap((name) => [`${name}, s`, "CPU s", "kB sent"])],
    rows: carried.map(({ name, results }) => [
      name,
      ...results.flatMap(({ seconds, cpuSeconds, bytes }) => [
        figure(seconds),
        figure(cpuSeconds),
        figure(bytes === null ? null : bytes / 1000),
      ]),
    ]),
  };
}
