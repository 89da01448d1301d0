import { findSchemaTable } from "../../archive/schema-tables.ts";
import type { TableSchema } from "../../archive/types.ts";
import { affinityOf } from "../../database/affinity.ts";
import { cellColumns } from "../../database/cells.ts";
import { hasTerms } from "../../database/fts5/contentless-rows.ts";
import type { FrameTable } from "../../frames/frame-table.ts";
import type { Mode, TablePlan, Verification } from "../run/index.ts";
import type { FrameSource } from "../source/index.ts";
import { hasKey, incomingRows, type Staged, type StagedTable } from "../stage/index.ts";

/** A table whose frames can be compared as they are written: the target holds it in the same columns and types. */
export interface VerifiableTable {
  columns: FrameTable;
  staged: StagedTable;
  /** The target has other rows too, which are not the run's. */
  filtered: boolean;
}

export interface VerifiableOptions {
  mode: Mode;
  /** The source's; null where it has none, or its rows are no table's as it is to be. */
  schema: FrameSource["schema"];
  /** What the run made of each table, or will. */
  results: Readonly<Record<string, TablePlan>>;
}

/** The tables that are read back once they are applied, by their names at the target. */
export function verifiableTables(
  staged: Staged,
  { mode, schema, results }: VerifiableOptions,
): Map<string, VerifiableTable> {
  const tables = new Map<string, VerifiableTable>();
  if (schema === null) return tables;
  for (const table of staged.tables) {
    const { name } = table.table;
    const source = findSchemaTable(schema, name);
    const result = results[name];
    // Rows that mode `insert` left as they were are not the archive's.
    const kept = mode === "insert" && result?.unchanged !== 0;
    if (source === undefined || result === undefined || kept) continue;
    const target = verifiable(source, table, result);
    if (target !== null) tables.set(name, target);
  }
  return tables;
}

/** What is known of each table of a run that is applied, once those in `readBack` are read. */
export function verificationOf(
  { tables, dropped = [] }: Staged,
  { mode, results }: Pick<VerifiableOptions, "mode" | "results">,
  readBack: ReadonlyMap<string, VerifiableTable>,
): Verification {
  const verification: Verification = { readBack: [], compared: [], unchecked: [...dropped] };
  for (const staged of tables) {
    const { name } = staged.table;
    // The guard in the transaction finds rows by their keys, or by all that they hold; those that mode
    // `insert` left as they were it does not look at.
    const kept = mode === "insert" && results[name]?.unchanged !== 0;
    const compared = incomingRows([staged]).every(
      (rows) => rows.shape.appends === true || (!kept && hasKey(rows)),
    );
    const list = readBack.has(name) ? "readBack" : compared ? "compared" : "unchecked";
    verification[list].push(name);
  }
  return verification;
}

/** Null when only SQL's own comparison, made before the commit, can tell: rows were skipped, kept or appended, or types differ. */
function verifiable(source: TableSchema, staged: StagedTable, result: TablePlan): VerifiableTable | null {
  const { table } = staged;
  const stored = source.columns.filter(({ generated }) => generated === null);
  const same = stored.every((column) => {
    const live = table.columns.find(({ name }) => name === column.name);
    return live !== undefined && affinityOf(live.type, table) === affinityOf(column.type, source);
  });
  const complete = result.attempted === staged.rows && result.skipped === 0;
  const sameKey = source.key.columns.join("\n") === table.key.columns.join("\n");
  const appended = staged.shapes.some(({ appends }) => appends === true);
  if (appended || !same || !complete || !sameKey) return null;
  const rowid = source.key.kind === "rowid" ? source.key.columns : [];
  return {
    columns: {
      name: table.name,
      key: source.key.columns,
      columns: [
        ...rowid.map((name) => ({ name, affinity: "integer" as const })),
        ...cellColumns(stored, source),
      ],
      ...(hasTerms(table) ? { terms: table } : {}),
    },
    staged,
    filtered: staged.keyed === true || result.live + result.inserted - result.deleted !== result.attempted,
  };
}
