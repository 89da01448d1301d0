import { canonicalStatement, closingOf, listed } from "../sql/canonical-sql.ts";
import { readCreateStatement } from "../sql/create-statement.ts";
import { foldCase, isOperator } from "../sql/tokenize.ts";

/** What stands in the parentheses of a CREATE VIRTUAL TABLE … USING fts5. */
export interface Fts5Arguments {
  /** The columns, in their order, with what is said of them. */
  columns: string[];
  /** By name: the value. */
  options: ReadonlyMap<string, string>;
}

/** Null for another module. Throws `UnreadableSql` for what is no CREATE statement. */
export function readFts5Arguments(sql: string): Fts5Arguments | null {
  const { module, rest } = readCreateStatement(sql);
  if (module === null || foldCase(module) !== "fts5") return null;
  const found = { columns: [] as string[], options: new Map<string, string>() };
  for (const part of listed(rest.slice(1, closingOf(rest, 0)))) {
    const [name, equals, ...value] = part;
    if (name === undefined) continue;
    if (isOperator(equals, "="))
      found.options.set(foldCase(name.text), value.map(({ text }) => text).join(" "));
    else found.columns.push(canonicalStatement(part));
  }
  return found;
}
