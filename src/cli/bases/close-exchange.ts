import { openArchive } from "../../archive/reader.ts";
import { schemaTables } from "../../archive/schema-tables.ts";
import type { ByteSource, Cell, TableSchema } from "../../archive/types.ts";
import { affinityOf } from "../../database/affinity.ts";
import type { Description } from "../../diff/index.ts";
import { isSameTable } from "../../grants.ts";
import { foldCase } from "../../names.ts";
import type { Session } from "../journey/session.ts";
import type { JourneyOutcome } from "../journey/target-run.ts";
import type { TransferFlags } from "../options/run-options.ts";
import type { BaseFile, SkippedRows } from "./base-file.ts";
import { type BaseTable, idOf, keyCellsOf } from "./base-table.ts";
import type { ExpectedRows } from "./expected-rows.ts";

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
  /** What it was to write, where that is known. */
  expected: ExpectedRows | null;
  /** Tables in which rows could not be told apart: nothing is known of them once they were sent. */
  notCompared: readonly string[];
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

async function learn(base: BaseFile, ended: EndedExchange): Promise<void> {
  const { outcome, key, exchange } = ended;
  const { end, kept = false, run } = outcome;
  if (end === "completed") {
    const skipped = skippedIn(run, ended.expected);
    if (exchange === null) return base.atOnce(() => writeArchive(base, ended, skipped));
    for (const rows of skipped) base.takeBackOf(exchange, rows);
    const { header } = await openArchive(ended.archive);
    for (const schema of schemaTables(header.schema)) if (!tellsRowsApart(schema)) base.forget(schema.name);
    base.done(exchange, key);
  } else if (exchange !== null) {
    if (end === "handed over" || kept) base.note(exchange, key, { waits: true });
    else base.takeBack(exchange);
  }
}

/** By table, the rows that a run left out: by their keys where its plan tells which they are. */
function skippedIn({ results, plan }: JourneyOutcome["run"], expected: ExpectedRows | null): SkippedRows[] {
  return Object.entries(results ?? {}).flatMap(([name, { skipped }]) => {
    if (skipped === 0) return [];
    const listed = new Set(
      plan?.conflicts.flatMap(({ table, key }) => (isSameTable(table, name) ? [key] : [])),
    );
    const keys =
      listed.size === skipped
        ? [...listed].map((key) => JSON.parse(key) as Cell[])
        : expected?.notPlanned(name);
    return [{ name, keys: keys?.length === skipped ? keys : null }];
  });
}

/** Tables of which the target had rows already: in a run that inserts alone they stay, the same as the source's or not. */
function thereBefore({ results }: JourneyOutcome["run"]): string[] {
  return Object.entries(results ?? {}).flatMap(([name, { unchanged }]) => (unchanged > 0 ? [name] : []));
}

async function writeArchive(
  base: BaseFile,
  { archive: source, key, flags, target, notCompared, describe, outcome }: EndedExchange,
  skipped: readonly SkippedRows[],
): Promise<void> {
  const archive = await openArchive(source);
  const stayed = flags.mode === "insert" ? thereBefore(outcome.run) : [];
  const names = (some: readonly string[], own: string) => some.some((name) => isSameTable(name, own));
  const tables = new Map<string, { table: BaseTable; left: ReadonlySet<string> }>();
  for (const schema of schemaTables(archive.header.schema)) {
    const rows = skipped.find(({ name }) => isSameTable(name, schema.name));
    if (names(stayed, schema.name) && rows === undefined) continue;
    // Not all of its rows are as they were sent, and nobody knows which.
    const isUnclear = rows?.keys === null || names([...notCompared, ...stayed], schema.name);
    const known = isUnclear ? null : await baseTable(schema, describe);
    if (known === null || flags.mode === "mirror") base.forget(schema.name);
    const table = known === null ? undefined : base.make(known)?.table;
    if (table === undefined) continue;
    tables.set(schema.name, { table, left: new Set(rows?.keys?.map((one) => idOf(table, one))) });
  }
  const n = base.begin(target);
  for await (const { entry, text } of archive.readFrames()) {
    const own = tables.get(entry.table);
    if (own === undefined || text === "") continue;
    const { table, left } = own;
    const lines = text.split(",\n");
    const isLeft = (line: string) => left.size > 0 && left.has(idOf(table, keyCellsOf(table, line)));
    base.writeWhole(
      n,
      table,
      lines.filter((line) => !isLeft(line)),
    );
  }
  base.done(n, key);
}

const tellsRowsApart = ({ fts5, key }: TableSchema): boolean =>
  fts5 === undefined ? key.kind === "primary" : fts5 === true;

/** Null for a table whose rows no key tells apart. */
async function baseTable(
  schema: TableSchema,
  describe: EndedExchange["describe"],
): Promise<BaseTable | null> {
  if (!tellsRowsApart(schema)) return null;
  const { name, strict } = schema;
  const columns = schema.columns
    .filter(({ generated }) => generated === null)
    .map((column) => ({ name: column.name, affinity: affinityOf(column.type, { strict }) }));
  const key = schema.key.columns;
  const hidden = key.filter((column) => !columns.some((one) => foldCase(one.name) === foldCase(column)));
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
