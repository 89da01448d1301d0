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

/** What it took; bytes are null where nothing is sent. */
export type Carriage = Omit<Carried, "bytes"> & { bytes: number | null };

/** A way to carry changes. */
export interface Carrier {
  name: string;
  /** Carries each of the pairs, in their order. Throws where the target does not hold what it should. */
  carry(pairs: readonly Pair[], directory: BenchDirectory): Promise<Carriage[]>;
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
  async carry(pairs, directory) {
    const state = await directory.fresh("app");
    await placeDatabase((pairs[0] as Pair).target, state);
    const laptop = await newLaptop(directory);
    const worker = await startWorker({ bundle, state });
    const traffic = await countTraffic(worker.url);
    try {
      // The first request compiles the worker.
      await createClient({ baseUrl: worker.url, token: TOKEN }).openapi();
      const cpuOfApp = () => (worker.pid === null ? 0 : cpuSecondsOf(worker.pid));
      const carried: Carriage[] = [];
      for (const { source, contents } of pairs) {
        const before = cpuOfApp();
        const { seconds, cpuSeconds } = await laptop.push(source, traffic.url);
        carried.push({ seconds, cpuSeconds: cpuSeconds + cpuOfApp() - before, bytes: traffic.take() });
        assertSame(await databaseFile(state), contents, this.name);
      }
      return carried;
    } finally {
      traffic.close();
      await worker.close();
    }
  },
});

const toFile: Carrier = {
  name: "d1-ferry push, a file to a file",
  async carry(pairs, directory) {
    const copy = await copied((pairs[0] as Pair).target, directory);
    const laptop = await newLaptop(directory);
    const carried: Carriage[] = [];
    for (const { source, contents } of pairs) {
      const { seconds, cpuSeconds } = await laptop.push(source, copy);
      assertSame(copy, contents, this.name);
      carried.push({ seconds, cpuSeconds, bytes: null });
    }
    return carried;
  },
};

const bySqldiff = (tools: { sqldiff: string; shell: string }): Carrier => ({
  name: "sqldiff, its SQL run by sqlite3",
  carry(pairs, directory) {
    return carryEach(pairs, directory, this.name, (files) =>
      carryBySqldiff(tools, { ...files, sql: directory.path("diff.sql") }),
    );
  },
});

const byRsync = (rsync: string): Carrier => ({
  name: "sqlite3_rsync, a file to a file",
  carry(pairs, directory) {
    return carryEach(pairs, directory, this.name, (files) => carryByRsync(rsync, files));
  },
});

/** Each pair by itself: these programs keep nothing from one time to the next. */
async function carryEach(
  pairs: readonly Pair[],
  directory: BenchDirectory,
  name: string,
  carry: (files: { source: string; target: string }) => Promise<Carried>,
): Promise<Carried[]> {
  const carried: Carried[] = [];
  for (const { source, target, contents } of pairs) {
    const copy = await copied(target, directory);
    carried.push(await carry({ source, target: copy }));
    assertSame(copy, contents, name);
  }
  return carried;
}

async function copied(target: string, directory: BenchDirectory): Promise<string> {
  const copy = `${await directory.fresh("copy")}/target.sqlite`;
  await directory.copy(target, copy);
  return copy;
}

/** Where somebody works: the rows that are pushed are in the same file each time, and what was exchanged is kept beside it. */
async function newLaptop(directory: BenchDirectory) {
  const cwd = await directory.fresh("laptop");
  const file = directory.path("laptop", "source.sqlite");
  return {
    async push(source: string, to: string): Promise<ProgramRun> {
      await directory.copy(source, file);
      // A token is sent only to the address that it belongs to.
      const env = to.startsWith("http") ? { PROD_API: to, FERRY_TOKEN: TOKEN } : {};
      const words = ["push", "--from", file, "--to", to, "--yes", "--json"];
      return runProgram(process.execPath, [CLI, ...words], { cwd, env });
    },
  };
}
