import { openArchive } from "../../archive/reader.ts";
import { schemaTables } from "../../archive/schema-tables.ts";
import type { ByteSource, Cell, TableSchema } from "../../archive/types.ts";
import { affinityOf } from "../../database/affinity.ts";
import type { Description } from "../../diff/index.ts";
import { FerryError } from "../../errors.ts";
import { isSameTable } from "../../grants.ts";
import type { Session } from "../journey/session.ts";
import type { JourneyOutcome } from "../journey/target-run.ts";
import type { TransferFlags } from "../options/run-options.ts";
import { ifFound } from "../targets/if-found.ts";
import type { Target } from "../targets/target.ts";
import type { BaseFile, Exchange, SkippedRows } from "./base-file.ts";
import type { BaseTable } from "./base-table.ts";
import { exchangedWithFile } from "./exchanged-with-file.ts";
import { settleUndos } from "./undone-exchanges.ts";

export interface SettleOptions {
  /** The target of this name; null where it cannot be asked. */
  ask(name: string): Target | null;
  /** The path of the SQLite file of this name; null for another place. */
  file(name: string): string | null;
  /** The number of this command's own exchange. */
  own: number | undefined;
}

/**
 * What came of exchanges that other commands left pending: those whose runs were applied are done, those whose runs were
 * not come to nothing, and of the others nobody knows. Rejects while one of them is being applied.
 */
export async function settleExchanges(base: BaseFile, { ask, file, own }: SettleOptions): Promise<void> {
  await settleUndos(base, file);
  const aside = base.pending().filter(({ state }) => state === "aside");
  for (const { n } of aside.slice(0, -MOST_ASIDE)) base.takeBack(n);
  for (const { n, run, state, target: name } of base.pending()) {
    if (n === own) continue;
    const path = file(name);
    const became =
      run === null
        ? "nothing"
        : path === null
          ? await whatBecameOf(ask(name), { run, state })
          : await exchangedWithFile(base, n, path);
    const mayStillBe = state !== "pending" && (became === "nothing" || became === "nobody knows");
    if (became === "done") {
      if (state === "aside") base.bringBack(n);
      base.done(n, run);
    } else if (mayStillBe) {
      if (state === "waiting") base.setAside(n);
    } else if (became === "nothing" || became === "gone") base.takeBack(n);
    else if (became === "nobody knows") base.doubt(n);
    else
      throw new FerryError(
        "RUN_LOCKED",
        `${run} of an earlier push or pull is still being applied at ${name}`,
        {
          hint: "Wait until it has ended: d1-ferry status KEY shows how far it is.",
          details: { syncKey: run },
        },
      );
  }
}

/** Plans that were kept and not applied yet, of which a command asks whether they were. */
const MOST_ASIDE = 3;

/** "gone": a plan that waited, and that the target no longer knows. It was dropped, as a rule, and never applied. */
type Became = "done" | "under way" | "nothing" | "gone" | "nobody knows";

async function whatBecameOf(
  target: Target | null,
  { run, state }: { run: string; state: Exchange["state"] },
): Promise<Became> {
  if (target === null) return "nobody knows";
  const completed = await ifFound(target.completed(run));
  if (completed !== undefined && completed !== null) return "done";
  const plan = completed === undefined ? undefined : await ifFound(target.confirmedPlan(run));
  if (plan === undefined) return state === "pending" ? "nobody knows" : "gone";
  return plan === null ? "nothing" : "under way";
}

export interface EndedExchange {
  outcome: JourneyOutcome;
  /** The run's key. */
  key: string;
  /** Its number in the base; null where everything was sent. */
  exchange: number | null;
  /** What was sent. */
  archive: ByteSource;
  flags: Pick<TransferFlags, "mode">;
  /** The target's name. */
  target: string;
  /** How the source is made; asked for only where a table's key compares texts by a collation. */
  describe(): Promise<Description>;
}

/** The base learns what the run came to. What the run did stays done where that fails. */
export async function closeExchange(
  base: BaseFile,
  ended: EndedExchange,
  { printer }: Pick<Session, "printer">,
): Promise<void> {
  try {
    await learn(base, ended);
  } catch (error) {
    const { message } = error as Error;
    printer.warn(
      `What was exchanged could not be kept (${message}): the next push or pull knows nothing of it`,
    );
    base.forgetAll();
  }
}

async function learn(
  base: BaseFile,
  { outcome, key, exchange, archive, flags, target, describe }: EndedExchange,
): Promise<void> {
  const { end, kept = false, run } = outcome;
  if (end === "completed") {
    const skipped = skippedIn(run);
    if (exchange !== null) {
      for (const rows of skipped) base.takeBackOf(exchange, rows);
      base.done(exchange, key);
    } else {
      const unlike = [
        ...skipped.map(({ name }) => name),
        ...(flags.mode === "insert" ? thereBefore(run) : []),
      ];
      const keepsOthers = flags.mode !== "mirror";
      await base.atOnce(() => writeArchive(base, { archive, key, unlike, keepsOthers, target, describe }));
    }
  } else if (exchange !== null) {
    if (end === "handed over" || kept) base.note(exchange, key, { waits: true });
    else base.takeBack(exchange);
  }
}

/** By table, the rows that a run left out: by their keys where its plan lists them all. */
function skippedIn({ results, plan }: JourneyOutcome["run"]): SkippedRows[] {
  return Object.entries(results ?? {}).flatMap(([name, { skipped }]) => {
    if (skipped === 0) return [];
    const listed = new Set(
      plan?.conflicts.flatMap(({ table, key }) => (isSameTable(table, name) ? [key] : [])),
    );
    const keys = listed.size === skipped ? [...listed].map((key) => JSON.parse(key) as Cell[]) : null;
    return [{ name, keys }];
  });
}

/** Tables of which the target had rows already: in a run that inserts alone they stay, the same as the source's or not. */
function thereBefore({ results }: JourneyOutcome["run"]): string[] {
  return Object.entries(results ?? {}).flatMap(([name, { unchanged }]) => (unchanged > 0 ? [name] : []));
}

interface WholeArchive extends Pick<EndedExchange, "archive" | "key" | "target" | "describe"> {
  /** Tables of which not all rows are as they were sent. */
  unlike: readonly string[];
  /** What the base knows of other rows stays. */
  keepsOthers: boolean;
}

async function writeArchive(
  base: BaseFile,
  { archive: source, key, unlike, keepsOthers, target, describe }: WholeArchive,
): Promise<void> {
  const archive = await openArchive(source);
  const tables = new Map<string, BaseTable>();
  for (const schema of schemaTables(archive.header.schema)) {
    const isUnlike = unlike.some((name) => isSameTable(name, schema.name));
    const known = isUnlike ? null : await baseTable(schema, describe);
    if (known === null) continue;
    if (!keepsOthers) base.forget(schema.name);
    const made = base.make(known);
    if (made !== null) tables.set(schema.name, made.table);
  }
  const n = base.begin(target);
  for await (const { entry, text } of archive.readFrames()) {
    const table = tables.get(entry.table);
    if (table !== undefined && text !== "") base.writeWhole(n, table, text.split(",\n"));
  }
  base.done(n, key);
}

/** Null for a table whose rows no key tells apart. */
async function baseTable(
  schema: TableSchema,
  describe: EndedExchange["describe"],
): Promise<BaseTable | null> {
  const { name, fts5, strict } = schema;
  if (fts5 === undefined ? schema.key.kind !== "primary" : fts5 !== true) return null;
  const columns = schema.columns
    .filter(({ generated }) => generated === null)
    .map((column) => ({ name: column.name, affinity: affinityOf(column.type, { strict }) }));
  const key = schema.key.columns;
  const hidden = key.filter((column) => !columns.some((one) => one.name === column));
  const all = [...hidden.map((column) => ({ name: column, affinity: "integer" as const })), ...columns];
  let collations = key.map(() => "BINARY");
  if (/\bCOLLATE\b/i.test(schema.sql)) {
    // An app may tell nobody but those who may read.
    const described = await describe().catch(() => null);
    const found = described?.tables.find((table) => table.name === name)?.key ?? null;
    if (found === null) return null;
    ({ collations } = found);
  }
  return { name, columns: all, key: { columns: key, collations } };
}
