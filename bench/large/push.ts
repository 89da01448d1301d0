import { fileURLToPath } from "node:url";
import { assertSame, copySchema, readContents } from "../data/contents.ts";
import { databaseFile, placeDatabase } from "../data/place-database.ts";
import { seedPosts } from "../data/posts.ts";
import type { BenchDirectory } from "../directory.ts";
import type { HeapPeak } from "../measure/heap.ts";
import { memoryOf } from "../measure/process-tree.ts";
import { runProgram } from "../measure/program.ts";
import { type LedgerReport, ledgerTotals } from "../worker/ledger.ts";
import { type RunningWorker, startWorker, TOKEN } from "../worker/start.ts";
import type { Visit } from "../worker/visits.ts";
import { type Phase, phasesOf } from "./phases.ts";
import { streamAlone } from "./stream.ts";

const CLI = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));

/** Bytes of a post's body, on average. */
export const BODY_BYTES = 1_950;

/** MB that the heap of each Worker may have: half of a Worker's 128. */
export const LARGE_HEAP_MB = 64;

/** One push from the app of a laptop to the app of a production, both on this machine. */
export interface LargePush {
  rows: number;
  /** Of all cells, and of the archive. */
  bytes: number;
  seconds: number;
  cpuSeconds: number;
  phases: Phase[];
  /** The command line's process at its largest, bytes; null where there is no /proc. */
  cliBytes: number | null;
  /** The process of a Worker that only streams an object of the archive's size, at its largest; null where there is no /proc. */
  streamBytes: number | null;
  source: AppFigures;
  target: AppFigures;
}

export interface AppFigures {
  /** The workerd process at its largest, its D1 and R2 included; null where there is no /proc. */
  processBytes: number | null;
  isolate: HeapPeak;
  invocations: number;
  statements: number;
  rowsWritten: number;
}

/** Makes the data, pushes it and compares all cells of both databases. */
export async function pushLarge(
  directory: BenchDirectory,
  bundle: string,
  rows: number,
  say: (what: string) => void,
): Promise<LargePush> {
  const folder = await directory.within(`large-${rows}`);
  const [seed, empty] = [directory.path(`large-${rows}.sqlite`), folder.path("empty.sqlite")];
  say(`making ${rows.toLocaleString("en")} rows`);
  await seedPosts(seed, { rows, bodyBytes: BODY_BYTES });
  await copySchema(seed, empty);
  const contents = readContents(seed);
  const states = {
    source: await folder.fresh("source"),
    target: await folder.fresh("target"),
    alone: await folder.fresh("alone"),
  };
  await placeDatabase(seed, states.source);
  await placeDatabase(empty, states.target);

  const start = (state: string) => startWorker({ bundle, state, watch: "memory", heapLimit: LARGE_HEAP_MB });
  const source = await start(states.source);
  const target = await start(states.target);
  say(`pushing ${rows.toLocaleString("en")} rows`);
  try {
    const args = ["push", "--from", source.url, "--to", target.url, "--yes", "--json"];
    const run = await runProgram(process.execPath, [CLI, ...args], {
      cwd: await folder.fresh("laptop"),
      env: { LOCAL_API: source.url, PROD_API: target.url, FERRY_TOKEN: TOKEN },
    });
    const [left, arrived] = [await figuresOf(source), await figuresOf(target)];
    const phases = phasesOf(left.visits, arrived.visits);
    await target.close();
    say("comparing");
    assertSame(await databaseFile(states.target), contents, "d1-ferry push");
    await source.close();
    const { bytes: archiveBytes } = JSON.parse(run.stdout) as { bytes: number };
    const alone = await startWorker({ bundle, state: states.alone, heapLimit: LARGE_HEAP_MB });
    const streamBytes = await streamAlone(alone, archiveBytes).finally(alone.close);
    return {
      rows,
      bytes: contents.bytes,
      seconds: run.seconds,
      cpuSeconds: run.cpuSeconds,
      phases,
      cliBytes: run.peakBytes,
      streamBytes,
      source: left.figures,
      target: arrived.figures,
    };
  } finally {
    await source.close();
    await target.close();
    await folder.remove();
  }
}

async function figuresOf({
  url,
  pid,
  heap,
}: RunningWorker): Promise<{ figures: AppFigures; visits: Visit[] }> {
  const ask = async <T>(path: string) => (await (await fetch(`${url}${path}`)).json()) as T;
  const ledger = await ask<LedgerReport>("/ledger");
  const visits = await ask<Visit[]>("/visits");
  return {
    figures: {
      processBytes: pid === null ? null : (memoryOf(pid)?.peak ?? null),
      isolate: { ...(heap?.peak ?? { total: 0, heap: 0 }) },
      invocations: visits.length,
      ...ledgerTotals(ledger),
    },
    visits,
  };
}
