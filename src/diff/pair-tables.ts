import type { ComparedColumns, DescribedTable, Description } from "./questions.ts";

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

/** How the schemas differ. */
export interface SchemaDifference {
  table: string;
  /** For a person. */
  difference: string;
}

export interface PairedTables {
  pairs: TablePair[];
  /** Tables that only the left place has. */
  onlyLeft: DescribedTable[];
  differences: SchemaDifference[];
}

/** The tables that both have, as SQLite compares names, and what else the schemas do not share. */
export function pairTables(left: Description, right: Description): PairedTables {
  const others = new Map(right.tables.map((table) => [table.name.toLowerCase(), table]));
  const differences: SchemaDifference[] = [];
  const onlyLeft: DescribedTable[] = [];
  const pairs = left.tables.flatMap((table): TablePair[] => {
    const other = others.get(table.name.toLowerCase());
    others.delete(table.name.toLowerCase());
    if (other === undefined) {
      onlyLeft.push(table);
      differences.push({ table: table.name, difference: "only the first has this table" });
      return [];
    }
    differences.push(...columnDifferences(table, other));
    return [pairOf(table, other)];
  });
  for (const { name } of others.values())
    differences.push({ table: name, difference: "only the second has this table" });
  return { pairs, onlyLeft, differences: [...differences, ...objectDifferences(left, right)] };
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

function commonColumns(left: DescribedTable, right: DescribedTable) {
  const others = new Map(right.columns.map((column) => [column.name.toLowerCase(), column]));
  return left.columns.flatMap((column) => {
    const other = others.get(column.name.toLowerCase());
    return other === undefined ? [] : [[column, other] as const];
  });
}

/** Why rows of the two cannot be told apart by their keys; null where they can. */
function whyNot(left: DescribedTable, right: DescribedTable): string | null {
  if (left.key === null) return left.keyless ?? "it has no key";
  if (right.key === null) return `in the second, ${right.keyless ?? "it has no key"}`;
  const lower = (names: readonly string[]) => JSON.stringify(names.map((one) => one.toLowerCase()));
  if (lower(left.key.columns) !== lower(right.key.columns)) return "the keys are of other columns";
  if (lower(left.key.collations) !== lower(right.key.collations)) return "the keys compare texts otherwise";
  const other = commonColumns(left, right).find(([one, two]) => one.affinity !== two.affinity);
  return other === undefined ? null : `column ${other[0].name} stores values otherwise`;
}

function columnDifferences(left: DescribedTable, right: DescribedTable): SchemaDifference[] {
  const table = left.name;
  const lacks = (one: DescribedTable, other: DescribedTable, which: string) =>
    one.columns
      .filter(({ name }) => !other.columns.some((column) => column.name.toLowerCase() === name.toLowerCase()))
      .map(({ name }) => ({ table, difference: `only the ${which} has the column ${name}` }));
  const typed = commonColumns(left, right)
    .filter(([one, two]) => one.type.toUpperCase() !== two.type.toUpperCase())
    .map(([one, two]) => ({
      table,
      difference: `the column ${one.name} is ${one.type || "without a type"} in the first, ${two.type || "without a type"} in the second`,
    }));
  return [...lacks(left, right, "first"), ...lacks(right, left, "second"), ...typed];
}

function objectDifferences(left: Description, right: Description): SchemaDifference[] {
  const nameOf = ({ type, name }: { type: string; name: string }) => `${type} ${name.toLowerCase()}`;
  const others = new Map(right.others.map((object) => [nameOf(object), object]));
  const differences = left.others.flatMap((object): SchemaDifference[] => {
    const other = others.get(nameOf(object));
    others.delete(nameOf(object));
    const { table, type, name } = object;
    if (other === undefined) return [{ table, difference: `only the first has the ${type} ${name}` }];
    return sameSql(object.sql, other.sql) ? [] : [{ table, difference: `the ${type} ${name} is another` }];
  });
  const rest = [...others.values()].map(({ table, type, name }) => ({
    table,
    difference: `only the second has the ${type} ${name}`,
  }));
  return [...differences, ...rest];
}

/** White space says nothing. */
function sameSql(left: string, right: string): boolean {
  const bare = (sql: string) => sql.replace(/\s+/g, " ").trim();
  return bare(left) === bare(right);
}
