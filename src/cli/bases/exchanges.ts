import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { openArchive } from "../../archive/reader.ts";
import { schemaTables } from "../../archive/schema-tables.ts";
import type { ByteSource, TableSchema } from "../../archive/types.ts";
import { affinityOf } from "../../database/affinity.ts";
import type { Description } from "../../diff/index.ts";
import { FerryError } from "../../errors.ts";
import type { Session } from "../journey/session.ts";
import type { JourneyOutcome } from "../journey/target-run.ts";
import type { TransferFlags } from "../options/run-options.ts";
import type { Target } from "../targets/target.ts";
import { possibleWorkDirectories } from "../workspace/work-directory.ts";
import { type BaseFile, type BaseTable, openBaseFile } from "./base-file.ts";
import type { Merged } from "./three-way.ts";

/** What came of exchanges that other commands left pending: those whose runs were applied are done, the others come to nothing. */
export async function settleExchanges(
  base: BaseFile,
  { target, own }: { target: Target | null; own: number | undefined },
): Promise<void> {
  for (const { n, run } of base.pending()) {
    if (n === own) continue;
    const became = run === null || target === null ? "nothing" : await whatBecameOf(target, run);
    if (became === "done") base.done(n, run);
    else if (became === "nothing") base.takeBack(n);
  }
}

async function whatBecameOf(target: Target, run: string): Promise<"done" | "under way" | "nothing"> {
  try {
    if ((await target.completed(run)) !== null) return "done";
    return (await target.confirmedPlan(run)) === null ? "nothing" : "under way";
  } catch (error) {
    if (error instanceof FerryError && error.code === "NOT_FOUND") return "nothing";
    throw error;
  }
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
  { outcome, key, exchange, archive, flags, describe }: EndedExchange,
): Promise<void> {
  const { end, kept = false, run } = outcome;
  if (end === "completed") {
    const skipped = Object.entries(run.results ?? {}).flatMap(([table, { skipped: n }]) =>
      n > 0 ? [table] : [],
    );
    if (exchange !== null) {
      if (skipped.length > 0) base.takeBack(exchange, skipped);
      base.done(exchange, key);
    } else if (flags.mode !== "insert") {
      await writeArchive(base, { archive, key, skipped, keepsOthers: flags.mode !== "mirror", describe });
    }
  } else if (exchange !== null) {
    if (end === "handed over" || kept) base.note(exchange, key);
    else base.takeBack(exchange);
  }
}

interface WholeArchive extends Pick<EndedExchange, "archive" | "key" | "describe"> {
  /** Tables of which rows were left out. */
  skipped: readonly string[];
  /** What the base knows of other rows stays. */
  keepsOthers: boolean;
}

async function writeArchive(
  base: BaseFile,
  { archive: source, key, skipped, keepsOthers, describe }: WholeArchive,
): Promise<void> {
  const archive = await openArchive(source);
  const tables = new Map<string, BaseTable>();
  for (const schema of schemaTables(archive.header.schema)) {
    const known = skipped.includes(schema.name) ? null : await baseTable(schema, describe);
    if (known === null) continue;
    if (!keepsOthers) base.forget(schema.name);
    const made = base.make(known);
    if (made !== null) tables.set(schema.name, made);
  }
  const n = base.begin();
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

/**
 * Runs that were undone at the target by somebody else: what they exchanged goes back. False where none was. Asked for
 * where rows seem to be edited there, which may be as they were before a run.
 */
export async function goBackUndone(
  base: BaseFile,
  { editedBy }: Pick<Merged, "editedBy">,
  target: Target,
): Promise<boolean> {
  let found = false;
  for (const run of [...editedBy].slice(-MOST_ASKED)) {
    const by = await target.undoneBy(run).catch((error: unknown) => {
      if (error instanceof FerryError && error.code === "NOT_FOUND") return null;
      throw error;
    });
    if (by === null) continue;
    base.undo(run, by);
    found = true;
  }
  return found;
}

/** Runs that a command asks about. */
const MOST_ASKED = 5;

/** A run was undone at its target, or its undo was: the exchange that it was, with whatever source, goes back. */
export async function undoExchange(
  { run, by }: { run: string; by: string },
  { cwd, now }: { cwd: string; now: () => number },
): Promise<void> {
  for (const directory of possibleWorkDirectories(cwd)) {
    const bases = join(directory, "bases");
    for (const name of await readdir(bases).catch(() => [])) {
      if (!name.endsWith(".sqlite")) continue;
      const base = openBaseFile(join(bases, name), { now });
      try {
        base.undo(run, by);
      } finally {
        base.close();
      }
    }
  }
}
