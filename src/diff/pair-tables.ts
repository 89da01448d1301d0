import { foldCase } from "../names.ts";
import type { ComparedColumns, DescribedTable, Description } from "./questions.ts";
import { type SchemaDifference, schemaDifferences } from "./schema-differences.ts";

/** A table that both places have. */
export interface TablePair {
  /** As the left place calls it. */
  name: string;
  left: DescribedTable;
  right: DescribedTable;
  /** What is compared; null where its rows cannot be told apart, and `why` says why not. */
  compared: ComparedColumns | null;
  why?: string;
}

/** What only one place has, and what holds something there: the other one has nowhere to put it. */
export interface Unmatched {
  table: string;
  /** Null for the table as a whole. */
  column: string | null;
  place: "first" | "second";
}

export interface PairedTables {
  pairs: TablePair[];
  /** Tables that only the left place has. */
  onlyLeft: DescribedTable[];
  differences: SchemaDifference[];
  unmatched: Unmatched[];
}

/** The tables that both have, as SQLite compares names, and what else the schemas do not share. */
export function pairTables(left: Description, right: Description): PairedTables {
  const others = new Map(right.tables.map((table) => [foldCase(table.name), table]));
  const onlyLeft: DescribedTable[] = [];
  const pairs = left.tables.flatMap((table): TablePair[] => {
    const other = others.get(foldCase(table.name));
    others.delete(foldCase(table.name));
    if (other === undefined) {
      onlyLeft.push(table);
      return [];
    }
    return [pairOf(table, other)];
  });
  const onlyRight = [...others.values()];
  return {
    pairs,
    onlyLeft,
    differences: schemaDifferences(left, right),
    unmatched: [
      ...unmatchedTables(onlyLeft, "first"),
      ...unmatchedTables(onlyRight, "second"),
      ...pairs.flatMap(unmatchedColumns),
    ],
  };
}

function unmatchedTables(tables: readonly DescribedTable[], place: Unmatched["place"]): Unmatched[] {
  return tables.filter(({ hasRows }) => hasRows).map(({ name }) => ({ table: name, column: null, place }));
}

/** Any row has a cell in each of its columns. */
function unmatchedColumns({ name: table, left, right }: TablePair): Unmatched[] {
  const lacked = (one: DescribedTable, other: DescribedTable, place: Unmatched["place"]): Unmatched[] =>
    one.hasRows ? lackedColumns(one, other).map((column) => ({ table, column, place })) : [];
  return [...lacked(left, right, "first"), ...lacked(right, left, "second")];
}

/** The stored columns of one that the other does not have. */
function lackedColumns(one: DescribedTable, other: DescribedTable): string[] {
  const names = new Set(other.columns.map(({ name }) => foldCase(name)));
  return one.columns.map(({ name }) => name).filter((name) => !names.has(foldCase(name)));
}

function pairOf(left: DescribedTable, right: DescribedTable): TablePair {
  const { name } = left;
  const why = whyNot(left, right);
  const common = commonColumns(left, right).map(([column]) => column.name);
  const compared =
    why === null && left.key !== null ? { table: name, key: keyNames(left, common), columns: common } : null;
  return { name, left, right, compared, ...(why === null ? {} : { why }) };
}

/** A full-text table's key is a rowid, which is no column. */
function keyNames({ key }: DescribedTable, common: string[]): string[] {
  const columns = key?.columns ?? [];
  const missing = columns.filter((column) => !common.includes(column));
  common.unshift(...missing);
  return columns;
}

/** The stored columns that both have. */
export function commonColumns(left: DescribedTable, right: DescribedTable) {
  const others = new Map(right.columns.map((column) => [foldCase(column.name), column]));
  return left.columns.flatMap((column) => {
    const other = others.get(foldCase(column.name));
    return other === undefined ? [] : [[column, other] as const];
  });
}

/** Why rows of the two cannot be told apart by their keys; null where they can. */
function whyNot(left: DescribedTable, right: DescribedTable): string | null {
  if (left.key === null) return left.keyless ?? "it has no key";
  if (right.key === null) return `in the second, ${right.keyless ?? "it has no key"}`;
  const lower = (names: readonly string[]) => JSON.stringify(names.map(foldCase));
  if (lower(left.key.columns) !== lower(right.key.columns)) return "the keys are of other columns";
  if (lower(left.key.collations) !== lower(right.key.collations)) return "the keys compare texts otherwise";
  const other = commonColumns(left, right).find(([one, two]) => one.affinity !== two.affinity);
  return other === undefined ? null : `column ${other[0].name} stores values otherwise`;
}
