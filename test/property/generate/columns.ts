import fc from "fast-check";
import { quote } from "../../../src/database/sql/syntax.ts";
import { columnName } from "./names.ts";
import type { CellChoice } from "./values.ts";

const TYPES = [
  "",
  "INTEGER",
  "TEXT",
  "REAL",
  "NUMERIC",
  "BLOB",
  "VARCHAR(20)",
  "BOOLEAN",
  "DATETIME",
  "BIGINT UNSIGNED",
  "DOUBLE PRECISION",
  "JSON",
  "ANY",
  "CHARINT",
  "text",
];
const STRICT_TYPES = ["INTEGER", "TEXT", "REAL", "BLOB", "ANY", "INT"];
const COLLATIONS = ["", "", "", "", "NOCASE", "RTRIM"];

export interface ColumnChoice {
  name: string;
  type: number;
  collation: number;
  notNull: boolean;
  dflt: number;
  check: number;
  unique: number;
  generated: number;
}

const oftenZero = (max: number) => fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.nat(max));

export const columnChoice: fc.Arbitrary<ColumnChoice> = fc.record({
  name: columnName,
  type: fc.nat(100),
  collation: fc.nat(COLLATIONS.length - 1),
  notNull: fc.nat(4).map((n) => n === 4),
  dflt: oftenZero(7),
  check: oftenZero(3),
  unique: oftenZero(3),
  generated: oftenZero(6),
});

export interface Column {
  name: string;
  type: string;
  collation: string;
  notNull: boolean;
  generated: boolean;
  /** Its definition, without a key. */
  sql: string;
  /** A foreign key points from it: the parent's table and column. */
  pointsTo?: { table: string; column: string; order: string };
}

/** The column as it is declared. `others` are stored columns that a generated one may use. */
export function column(
  choice: ColumnChoice,
  strict: boolean,
  others: readonly string[],
  plain: boolean,
): Column {
  const types = strict ? STRICT_TYPES : TYPES;
  const type = types[choice.type % types.length]!;
  const collation = COLLATIONS[choice.collation]!;
  const expression = plain ? null : generatedExpression(choice.generated, others);
  const parts = [quote(choice.name), type];
  if (collation !== "") parts.push(`COLLATE ${collation}`);
  if (expression !== null) {
    parts.push(`AS (${expression}) ${choice.generated % 2 === 0 ? "STORED" : "VIRTUAL"}`);
  } else {
    if (choice.notNull && !plain) parts.push("NOT NULL");
    const dflt = DEFAULTS[choice.dflt]!;
    if (dflt !== "") parts.push(`DEFAULT ${dflt}`);
  }
  if (!plain) parts.push(checkOf(choice));
  const notNull = choice.notNull && !plain && expression === null;
  return {
    name: choice.name,
    type,
    collation,
    notNull,
    generated: expression !== null,
    sql: parts.join(" ").trim(),
  };
}

const DEFAULTS = ["", "NULL", "7", "-1.5", "'it''s'", "(1 + 1)", "CURRENT_TIMESTAMP", "x'00ff'"];

/** Only what every SQLite computes alike: no number becomes a text. */
function generatedExpression(choice: number, others: readonly string[]): string | null {
  const [first, second = first] = others;
  if (choice === 0 || first === undefined || second === undefined) return null;
  return [
    `typeof(${quote(first)})`,
    `${quote(first)} IS ${quote(second)}`,
    `iif(typeof(${quote(second)}) = 'integer', ${quote(second)}, 7)`,
    `CASE typeof(${quote(first)}) WHEN 'text' THEN upper(${quote(first)}) WHEN 'blob' THEN hex(${quote(first)}) END`,
    `nullif(${quote(second)}, 1)`,
    quote(first),
  ][choice - 1]!;
}

function checkOf({ check, name }: ColumnChoice): string {
  return [
    "",
    `CHECK (typeof(${quote(name)}) <> 'blob')`,
    `CHECK (${quote(name)} IS NULL OR ${quote(name)} IS NOT 3)`,
    `CONSTRAINT "short; ( " CHECK (octet_length(${quote(name)}) < 3000000)`,
  ][check]!;
}

/** The value of a foreign key's column: its parent's, whichever row that is. */
export function pointingCell(
  { table, column: name, order }: NonNullable<Column["pointsTo"]>,
  { parent, stray, any }: CellChoice,
): string {
  if (stray) return any;
  return `(SELECT ${quote(name)} FROM ${quote(table)} ORDER BY ${order} LIMIT 1 OFFSET ${parent})`;
}
