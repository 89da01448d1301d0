import type { Contender, Field } from "../contenders/contender.ts";
import { ferryExport, ferryImport } from "../contenders/ferry.ts";
import { placeDatabase } from "../data/place-database.ts";
import { spawnTask } from "../tasks/spawn.ts";
import type { TaskOutcome } from "../tasks/task.ts";
import { javascriptShares } from "./javascript.ts";
import { gather, type Share } from "./share.ts";
import { sqlShares } from "./sql.ts";

/** Where the time of one piece of work went. */
export interface Trace {
  contender: Pick<Contender, "name" | "label">;
  rows: number;
  /** Of the run whose JavaScript was sampled. */
  seconds: number;
  javascript: Share[];
  sql: Share[];
  /** Milliseconds that are neither: commits, the disk, the bucket, HTTP, D1's own work. */
  otherMs: number;
}

/** One export and one import, each twice: once with the statements timed, once with the JavaScript sampled. */
export async function traceFerry(field: Field, say: (what: string) => void): Promise<Trace[]> {
  say("tracing an export");
  const source = await field.directory.fresh("traced-source");
  await placeDatabase(field.seed, source);
  const from = { bundle: field.bundle, state: source };
  const exports = await twice((watch) => spawnTask("export", { ...from, watch }));
  await spawnTask("fetch", { ...from, key: exports.timed.key as string, file: field.archive });

  say("tracing an import");
  const imports = await twice(async (watch) => {
    const target = await field.directory.fresh("traced-target");
    await placeDatabase(field.empty, target);
    return spawnTask("import", { ...from, state: target, file: field.archive, watch });
  });
  return [traceOf(ferryExport, field, exports), traceOf(ferryImport, field, imports)];
}

interface Twice {
  timed: TaskOutcome;
  sampled: TaskOutcome;
}

async function twice(run: (watch: "statements" | "javascript") => Promise<TaskOutcome>): Promise<Twice> {
  const timed = await run("statements");
  return { timed, sampled: await run("javascript") };
}

function traceOf({ name, label }: Contender, { rows }: Field, { timed, sampled }: Twice): Trace {
  const javascript = gather(javascriptShares(new Map(sampled.functions)), "other JavaScript");
  const sql = gather(sqlShares(timed.ledger.entries), "other statements");
  const { seconds } = sampled.figures;
  const known = [...javascript, ...sql].reduce((sum, { ms }) => sum + ms, 0);
  return { contender: { name, label }, rows, seconds, javascript, sql, otherMs: seconds * 1000 - known };
}
