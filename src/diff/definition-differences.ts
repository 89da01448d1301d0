import type { TableSchema } from "../archive/types.ts";
import { type Fts5Arguments, readFts5Arguments } from "../database/fts5/arguments.ts";
import { canonicalStatement } from "../database/sql/canonical-sql.ts";
import {
  type ColumnClause,
  type ColumnShape,
  readTableShape,
  type ShapedTable,
  type TableShape,
} from "../database/sql/table-shape.ts";
import { tokenize, UnreadableSql } from "../database/sql/tokenize.ts";

/*
 * How two definitions of one thing differ, in words for a person. Texts that make the same do not differ, whatever they look
 * like.
 */

/** A table, and what a foreign key that names no columns of another one means. */
export interface DefinedTable {
  table: ShapedTable & Pick<TableSchema, "autoincrement">;
  keyOf: (table: string) => readonly string[] | undefined;
}

/** Whether columns are there, and of which types, is not among it. */
export function tableDifferences(left: DefinedTable, right: DefinedTable): string[] {
  const found = whereReadable(left.table.sql, right.table.sql, () => {
    const fulltext = fulltextDifferences(left.table.sql, right.table.sql);
    if (fulltext !== null) return fulltext;
    const one = readTableShape(left.table, left.keyOf);
    const two = readTableShape(right.table, right.keyOf);
    const constraints = onlyOne(one.constraints, two.constraints);
    return [
      ...columnDifferences(one, two),
      ...constraints.map(({ which, text }) => `only the ${which} has ${text}`),
      ...optionDifferences(left.table, right.table),
    ];
  });
  return found ?? ["it is made otherwise"];
}

/** Of indexes, triggers and views, and of full-text tables over another table; null where they are the same. */
export function objectDifference(left: string, right: string): string | null {
  const found = whereReadable(left, right, () => {
    const [one, two] = [left, right].map((sql) => canonicalStatement(tokenize(sql)));
    return one === two ? [] : fulltextDifferences(left, right);
  });
  if (found === null) return "is made otherwise";
  return found.length === 0 ? null : `is made otherwise: ${found.join("; ")}`;
}

/** SQLite keeps a type with the spaces and comments in it. */
export function isSameType(left: string, right: string): boolean {
  // Each push asks this of all of its columns.
  if (left === right) return true;
  const found = whereReadable(left, right, () => {
    const [one, two] = [left, right].map((type) => canonicalStatement(tokenize(type)));
    return one === two ? [] : null;
  });
  return found !== null;
}

/** Null for SQL that nobody can read, and that is not the same to the letter, white space aside. */
function whereReadable<T>(left: string, right: string, compare: () => T[] | null): T[] | null {
  try {
    return compare();
  } catch (error) {
    if (!(error instanceof UnreadableSql)) throw error;
    const [one, two] = [left, right].map((sql) => sql.replace(/\s+/g, " ").trim());
    return one === two ? [] : null;
  }
}

const CLAUSES: readonly ColumnClause[] = ["not null", "default", "collate"];

function columnDifferences(left: TableShape, right: TableShape): string[] {
  const common = [...left.columns].flatMap(([name, one]) => {
    const two = right.columns.get(name);
    return two === undefined ? [] : [...clauseDifferences(one, two), ...computedDifferences(one, two)];
  });
  return [...common, ...lackedComputed(left, right, "first"), ...lackedComputed(right, left, "second")];
}

function clauseDifferences(left: ColumnShape, right: ColumnShape): string[] {
  return CLAUSES.flatMap((clause) => {
    const [one, two] = [left.clauses.get(clause), right.clauses.get(clause)];
    if (one?.canonical === two?.canonical) return [];
    if (one !== undefined && two !== undefined)
      return [`the column ${left.name} has ${one.text} in the first, ${two.text} in the second`];
    const which = two === undefined ? "first" : "second";
    return [`only the ${which} has ${(one ?? two)?.text} on the column ${left.name}`];
  });
}

function computedDifferences(left: ColumnShape, right: ColumnShape): string[] {
  const [one, two] = [left.clauses.get("generated"), right.clauses.get("generated")];
  if (one?.canonical === two?.canonical) return [];
  const words = (which: string, clause: typeof one) =>
    `${clause === undefined ? "stored" : clause.text} in the ${which}`;
  return [`the column ${left.name} is ${words("first", one)}, ${words("second", two)}`];
}

/** The other has no column of this name at all. */
function lackedComputed(one: TableShape, other: TableShape, which: string): string[] {
  return [...one.columns].flatMap(([key, { name, clauses }]) => {
    const clause = clauses.get("generated");
    return clause === undefined || other.columns.has(key)
      ? []
      : [`only the ${which} has the column ${name} ${clause.text}`];
  });
}

function optionDifferences(left: DefinedTable["table"], right: DefinedTable["table"]): string[] {
  const options = {
    "has AUTOINCREMENT": "autoincrement",
    "is STRICT": "strict",
    "is WITHOUT ROWID": "withoutRowid",
  } as const;
  return Object.entries(options).flatMap(([word, option]) =>
    left[option] === right[option] ? [] : [`only the ${left[option] ? "first" : "second"} ${word}`],
  );
}

/** Null where these are not both full-text tables. */
function fulltextDifferences(left: string, right: string): string[] | null {
  const [one, two] = [readFts5(left), readFts5(right)];
  if (one === null || two === null) return null;
  const columns = [one, two].map((own) => own.columns.join(", "));
  const other =
    columns[0] === columns[1]
      ? []
      : [`its columns are ${columns[0]} in the first, ${columns[1]} in the second`];
  const names = new Set([...one.options.keys(), ...two.options.keys()]);
  const options = [...names].flatMap((name) => {
    const [mine, theirs] = [one.options.get(name), two.options.get(name)];
    if (mine === theirs) return [];
    if (mine !== undefined && theirs !== undefined)
      return [`${name} is ${mine} in the first, ${theirs} in the second`];
    return [`only the ${theirs === undefined ? "first" : "second"} has ${name} = ${mine ?? theirs}`];
  });
  return [...other, ...options];
}

function readFts5(sql: string): Fts5Arguments | null {
  return /^\s*CREATE\s+VIRTUAL\b/i.test(sql) ? readFts5Arguments(sql) : null;
}

interface Lonely {
  which: "first" | "second";
  text: string;
}

function onlyOne(left: ReadonlyMap<string, string>, right: ReadonlyMap<string, string>): Lonely[] {
  const lacked = (one: typeof left, other: typeof left, which: Lonely["which"]) =>
    [...one].flatMap(([key, text]) => (other.has(key) ? [] : [{ which, text }]));
  return [...lacked(left, right, "first"), ...lacked(right, left, "second")];
}
