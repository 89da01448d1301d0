import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { assertSame, copySchema, readContents } from "../data/contents.ts";
import { databaseFile, placeDatabase } from "../data/place-database.ts";
import { seedPosts } from "../data/posts.ts";
import type { BenchDirectory } from "../directory.ts";
import { runProgram } from "../measure/program.ts";
import { startWorker, TOKEN } from "../worker/start.ts";
import { type AppFigures, LARGE_HEAP_MB, LargeApp } from "./apps.ts";
import { type Phase, phasesOf } from "./phases.ts";
import { streamAlone } from "./stream.ts";

const CLI = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));

/** Bytes of a post's body, on average. */
export const BODY_BYTES = 1_950;

/** Of how many rows one is changed before the last push. */
const FEW = 1_000;

/** One push from the app of a laptop to the app of a production, both on this machine. */
export interface PushFigures {
  seconds: number;
  cpuSeconds: number;
  /** The command line's process at its largest, bytes; null where there is no /proc. */
  cliBytes: number | null;
  /** Of the archive that travelled; 0 where none did. */
  archiveBytes: number;
  source: AppFigures;
  target: AppFigures;
}

/** Pushes of the same rows, one after the other. */
export interface LargePushes {
  rows: number;
  /** Of all cells. */
  bytes: number;
  first: PushFigures & { phases: Phase[] };
  nothingChanged: PushFigures;
  fewChanged: PushFigures;
  /** The process of a Worker that only streams an object of the archive's size, at its largest; null where there is no /proc. */
  streamBytes: number | null;
}

/** Makes the data, pushes it, pushes it again, and a few changes, and compares all cells of both databases. */
export async function pushLarge(
  directory: BenchDirectory,
  bundle: string,
  rows: number,
  say: (what: string) => void,
): Promise<LargePushes> {
  const folder = await directory.within(`large-${rows}`);
  const [seed, empty] = [directory.path(`large-${rows}.sqlite`), folder.path("empty.sqlite")];
  const many = rows.toLocaleString("en");
  say(`making ${many} rows`);
  await seedPosts(seed, { rows, bodyBytes: BODY_BYTES });
  await copySchema(seed, empty);
  const { bytes } = readContents(seed);
  const start = async (name: string, file: string) => {
    const state = await folder.fresh(name);
    await placeDatabase(file, state);
    return LargeApp.start(bundle, state);
  };
  const source = await start("source", seed);
  const target = await start("target", empty);
  const push = await pusher(folder, { source, target });
  try {
    say(`pushing ${many} rows`);
    const first = await push();
    await requireSame(source, target);
    say("pushing with nothing changed");
    const nothingChanged = await push();
    say(`pushing after one row of ${FEW} was edited`);
    await editFew(source);
    const fewChanged = await push();
    await requireSame(source, target);
    await Promise.all([source.close(), target.close()]);
    const alone = await startWorker({ bundle, state: await folder.fresh("alone"), heapLimit: LARGE_HEAP_MB });
    const streamBytes = await streamAlone(alone, first.archiveBytes).finally(alone.close);
    const phases = phasesOf(first.source.visits, first.target.visits);
    return { rows, bytes, first: { ...first, phases }, nothingChanged, fewChanged, streamBytes };
  } finally {
    await Promise.all([source.close(), target.close()]);
    await folder.remove();
  }
}

interface BothApps {
  source: LargeApp;
  target: LargeApp;
}

/** Pushes from one laptop. */
async function pusher(
  folder: BenchDirectory,
  { source, target }: BothApps,
): Promise<() => Promise<PushFigures>> {
  const cwd = await folder.fresh("laptop");
  const env = { LOCAL_API: source.url, PROD_API: target.url, FERRY_TOKEN: TOKEN };
  return async () => {
    const { stdout, seconds, cpuSeconds, peakBytes } = await runProgram(
      process.execPath,
      [CLI, "push", "--yes", "--json"],
      { cwd, env },
    );
    const { bytes: archiveBytes = 0 } = JSON.parse(stdout) as { bytes?: number };
    const [left, arrived] = [await source.take(), await target.take()];
    return { seconds, cpuSeconds, cliBytes: peakBytes, archiveBytes, source: left, target: arrived };
  };
}

/** As another writer of the app would. */
async function editFew({ state }: LargeApp): Promise<void> {
  const database = new DatabaseSync(await databaseFile(state), { timeout: 10_000 });
  database.exec(`UPDATE posts SET body = 'Edited. ' || body, score = score + 1 WHERE id % ${FEW} = 0`);
  database.close();
}

async function requireSame({ state: source }: LargeApp, { state: target }: LargeApp): Promise<void> {
  assertSame(await databaseFile(target), readContents(await databaseFile(source)), "d1-ferry push");
}
