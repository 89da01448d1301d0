import { fileURLToPath } from "node:url";
import { countTraffic } from "../../../scripts/demo/traffic.ts";
import { createClient } from "../../../src/client/client.ts";
import { assertSame } from "../../data/contents.ts";
import { databaseFile, placeDatabase } from "../../data/place-database.ts";
import type { BenchDirectory } from "../../directory.ts";
import { cpuSecondsOf } from "../../measure/process-tree.ts";
import { type ProgramRun, runProgram } from "../../measure/program.ts";
import { type Carried, carryByRsync, carryBySqldiff, type SqliteTools } from "../../peers/sqlite-tools.ts";
import { startWorker, TOKEN } from "../../worker/start.ts";
import type { Pair } from "./pair.ts";

const CLI = fileURLToPath(new URL("../../../dist/cli.js", import.meta.url));

/** A way to carry a change. */
export interface Carrier {
  name: string;
  /** Bytes are null where nothing is sent. Throws where the target does not hold what it should. */
  carry(pair: Pair, directory: BenchDirectory): Promise<Omit<Carried, "bytes"> & { bytes: number | null }>;
}

/** Those that can run here, and what those that cannot would need. */
export function carriers(tools: SqliteTools, bundle: string): { found: Carrier[]; missing: string[] } {
  const { sqldiff, rsync, shell } = tools;
  const found = [toApp(bundle), toFile];
  const missing: string[] = [];
  if (sqldiff !== null && shell !== null) found.push(bySqldiff({ sqldiff, shell }));
  else
    missing.push(
      `sqldiff: ${sqldiff === null ? "--sqldiff names it" : "the sqlite3 shell runs what it writes"}`,
    );
  if (rsync !== null) found.push(byRsync(rsync));
  else missing.push("sqlite3_rsync: --sqlite3-rsync names it");
  return { found, missing };
}

/** Into a D1 behind an app, in a workerd of its own. Its start is not in the seconds. */
const toApp = (bundle: string): Carrier => ({
  name: "d1-ferry push, a file to an app",
  async carry({ source, target, contents }, directory) {
    const state = await directory.fresh("app");
    await placeDatabase(target, state);
    const worker = await startWorker({ bundle, state });
    let carried: Carried;
    try {
      // The first request compiles the worker.
      await createClient({ baseUrl: worker.url, token: TOKEN }).openapi();
      const traffic = await countTraffic(worker.url);
      const cpuOfApp = () => (worker.pid === null ? 0 : cpuSecondsOf(worker.pid));
      const before = cpuOfApp();
      const { seconds, cpuSeconds } = await push(directory, source, traffic.url);
      carried = { seconds, cpuSeconds: cpuSeconds + cpuOfApp() - before, bytes: traffic.take() };
      traffic.close();
    } finally {
      await worker.close();
    }
    assertSame(await databaseFile(state), contents, this.name);
    return carried;
  },
});

const toFile: Carrier = {
  name: "d1-ferry push, a file to a file",
  async carry({ source, target, contents }, directory) {
    const copy = await copied(target, directory);
    const { seconds, cpuSeconds } = await push(directory, source, copy);
    assertSame(copy, contents, this.name);
    return { seconds, cpuSeconds, bytes: null };
  },
};

const bySqldiff = (tools: { sqldiff: string; shell: string }): Carrier => ({
  name: "sqldiff, its SQL run by sqlite3",
  async carry({ source, target, contents }, directory) {
    const copy = await copied(target, directory);
    const carried = await carryBySqldiff(tools, { source, target: copy, sql: directory.path("diff.sql") });
    assertSame(copy, contents, this.name);
    return carried;
  },
});

const byRsync = (rsync: string): Carrier => ({
  name: "sqlite3_rsync, a file to a file",
  async carry({ source, target, contents }, directory) {
    const copy = await copied(target, directory);
    const carried = await carryByRsync(rsync, { source, target: copy });
    assertSame(copy, contents, this.name);
    return carried;
  },
});

async function copied(target: string, directory: BenchDirectory): Promise<string> {
  const copy = `${await directory.fresh("copy")}/target.sqlite`;
  await directory.copy(target, copy);
  return copy;
}

/** From a laptop that knows of no earlier push. */
async function push(directory: BenchDirectory, from: string, to: string): Promise<ProgramRun> {
  const cwd = await directory.fresh("laptop");
  // A token is sent only to the address that it belongs to.
  const env = to.startsWith("http") ? { PROD_API: to, FERRY_TOKEN: TOKEN } : {};
  const words = ["push", "--from", from, "--to", to, "--yes", "--json"];
  return runProgram(process.execPath, [CLI, ...words], { cwd, env });
}
