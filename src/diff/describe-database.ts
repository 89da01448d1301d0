import { affinityOf } from "../database/affinity.ts";
import type { Database } from "../database/port.ts";
import { hiddenRowid, isKnownByRowid, type LiveTable, readSchema } from "../database/schema.ts";
import { readCollations } from "../database/sql/index-expressions.ts";
import { evaluate } from "../database/sql/scalars.ts";
import { quote } from "../database/sql/syntax.ts";
import { foldCase, UnreadableSql } from "../database/sql/tokenize.ts";
import { frameTable } from "../frames/frame-table.ts";
import { archivedTable, findNullKeys, mayHoldNullKeys, readSequences } from "../sync/export/index.ts";
import { chooseTables, isInternal, type TableChoice } from "../sync/schema/index.ts";
import { cutLeaves } from "./answer-questions.ts";
import {
  type CutAnswer,
  type DescribedTable,
  type Description,
  type DescriptionAsked,
  LEAF_BYTES,
} from "./questions.ts";

export interface DescribeOptions extends DescriptionAsked {
  /** How long leaves may be, bytes of row text. @default 48,000 */
  leafBytes?: number | undefined;
}

/** Tables of which a description has leaves: each takes a statement. */
const CUT_AT_ONCE = 20;

/**
 * What there is to compare. Up to four statements, one more for each 90 tables whose keys may hold NULLs, and one or
 * two for each of the 20 tables whose leaves are told.
 */
export async function describeDatabase(
  database: Database,
  choice: TableChoice = {},
  { leafBytes = LEAF_BYTES, schemas = false, leaves = false }: DescribeOptions = {},
): Promise<Description> {
  const schema = await readSchema(database);
  const { tables, notes } = chooseTables(schema, choice);
  const nullKeys = await findNullKeys(database, tables);
  const sequences = schemas ? await readSequences(database, schema, tables) : new Map();
  const exists = tables.map(
    ({ name }) =>
      () =>
        `SELECT EXISTS (SELECT 1 FROM ${quote(name)})`,
  );
  const { values } = await evaluate(database, exists);
  const names = new Set(tables.map(({ name }) => name));
  const described = tables.map((table) => describeTable(table, nullKeys.includes(table.name)));
  const cut = leaves
    ? tables.filter((_, i) => values[i] === 1 && described[i]?.key !== null).slice(0, CUT_AT_ONCE)
    : [];
  const ends = await Promise.all(
    cut.map((table) => cutLeaves(database, frameTable(table), { after: null, leafBytes })),
  );
  const leavesOf = new Map(cut.map(({ name }, i) => [name, ends[i] as CutAnswer]));
  return {
    engine: database.engine,
    leafBytes,
    tables: tables.map((table, i) => ({
      hasRows: values[i] === 1,
      ...(described[i] as ReturnType<typeof describeTable>),
      ...rowidBeside(table, described[i]?.key ?? null),
      ...(leavesOf.has(table.name) ? { leaves: leavesOf.get(table.name) as CutAnswer } : {}),
      ...(schemas ? { schema: archivedTable(table, sequences.get(table.name)) } : {}),
    })),
    others: (schemas ? schema.others : [])
      // A view may say what is in tables that are not within.
      .filter(({ type, name, table }) =>
        type === "view"
          ? choice.within === undefined && !isInternal(name)
          : !isInternal(name) && names.has(table),
      )
      .map(({ type, name, table, sql }) => ({ type, name, table, sql })),
    notes,
  };
}

export function describeTable(
  table: LiveTable,
  holdsNullKeys: boolean,
): Omit<DescribedTable, "schema" | "hasRows" | "leaves" | "hiddenRowid"> {
  const { name, key, keyCollations } = table;
  const stored = table.columns.filter(({ generated }) => generated === null);
  const columns = stored.map((column) => ({
    name: column.name,
    type: column.type,
    affinity: affinityOf(column.type, table),
  }));
  const keyless = holdsNullKeys ? "its key holds NULLs" : reasonWithoutKey(table);
  const [rowid] = isKnownByRowid(table) ? key.columns : [];
  if (keyless !== null)
    return { name, columns, key: null, keyless, ...(rowid === undefined ? {} : { rowid }) };
  const collations = key.columns.map((column) => keyCollations?.get(column) ?? "BINARY");
  return { name, columns, key: { columns: key.columns, collations } };
}

/** What tells rows apart where the key does not, or not in another place. */
function rowidBeside(table: LiveTable, key: DescribedTable["key"]): Pick<DescribedTable, "hiddenRowid"> {
  if (key !== null && !mayHoldNullKeys(table)) return {};
  const rowid = hiddenRowid(table);
  return rowid === null ? {} : { hiddenRowid: rowid };
}

function reasonWithoutKey(table: LiveTable): string | null {
  // Rows are ordered by the columns' own collations.
  if (!comparesAsItsColumns(table)) return "its key compares texts otherwise than its columns do";
  if (isKnownByRowid(table)) return "it has no primary key";
  return table.fts5 === "terms" ? "it is a full-text table that keeps no text" : null;
}

/** Whether the key has the collations of its columns, whichever it names. */
function comparesAsItsColumns({ kind, sql, key, keyCollations, rowidAlias }: LiveTable): boolean {
  if (kind !== "table" || key.kind === "rowid" || rowidAlias !== null) return true;
  try {
    const own = readCollations(sql);
    return key.columns.every((column) => {
      const [ofKey, ofColumn] = [keyCollations?.get(column), own.get(foldCase(column))];
      return (ofKey ?? "BINARY").toUpperCase() === (ofColumn ?? "BINARY").toUpperCase();
    });
  } catch (error) {
    if (error instanceof UnreadableSql) return keyCollations === undefined;
    throw error;
  }
}
