import type { DatabaseSync } from "node:sqlite";

/** One feature of a database, in tables of its own: what one of them loses hides nothing of another. */
export interface Case {
  /** Names it in the list of known limits. */
  id: string;
  feature: string;
  /** Makes its tables and what belongs to them. No other case has tables of these names. */
  sql: string;
  /** Rows that SQL text cannot say, or would say at length. */
  fill?: (database: DatabaseSync) => void;
  /** Queries whose answers have to be the same at the target, by what they show. */
  questions?: Readonly<Record<string, string>>;
}

export interface Group {
  title: string;
  cases: readonly Case[];
}

/** A value as SQLite is given it: a number is a REAL, a bigint an INTEGER, an `Expression` what SQL makes of it. */
export type Given = bigint | number | string | Uint8Array | null | Expression;

export interface Expression {
  sql: string;
}

/** Text of these bytes, whether they are UTF-8 or not. */
export function textOf(hex: string): Expression {
  return { sql: `CAST(x'${hex}' AS TEXT)` };
}

/** A case of one table: a number for each row, and the same value in each of the other columns. */
export function values(
  name: string,
  feature: string,
  columns: Readonly<Record<string, string>>,
  given: readonly Given[],
  options = "",
): Case {
  const names = Object.keys(columns);
  const declared = names.map((column) => `${column} ${columns[column]}`.trim());
  return {
    id: name.replaceAll("_", "-"),
    feature,
    sql: `CREATE TABLE ${name} (id INTEGER PRIMARY KEY, ${declared.join(", ")}) ${options}`.trim(),
    fill: (database) => {
      for (const [i, value] of given.entries())
        insert(database, name, [BigInt(i + 1), ...names.map(() => value)]);
    },
  };
}

/** A case whose rows are given besides its SQL, table by table. */
export function rows(one: Case, tables: Readonly<Record<string, readonly (readonly Given[])[]>>): Case {
  return {
    ...one,
    fill: (database) => {
      for (const [table, list] of Object.entries(tables))
        for (const row of list) insert(database, table, row);
    },
  };
}

function insert(database: DatabaseSync, table: string, row: readonly Given[]): void {
  const terms = row.map((value) => (isExpression(value) ? value.sql : "?"));
  const bound = row.filter((value) => !isExpression(value)) as Exclude<Given, Expression>[];
  database.prepare(`INSERT INTO ${table} VALUES (${terms.join(", ")})`).run(...bound);
}

function isExpression(value: Given): value is Expression {
  return value !== null && typeof value === "object" && "sql" in value;
}
