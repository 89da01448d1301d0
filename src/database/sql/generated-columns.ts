import { readColumnDefinition } from "./column-definition.ts";
import { columnsIn } from "./index-expressions.ts";
import { tableDefinitions } from "./table-definitions.ts";
import { foldCase, isOperator } from "./tokenize.ts";

/** What a generated column is made of. */
export interface GeneratedColumn {
  /** SQL on the table's columns, in the parentheses that it stands in. */
  expression: string;
  /** The columns that it names, in small letters. */
  columns: ReadonlySet<string>;
}

/**
 * Reads the generated columns of a CREATE TABLE, by their names in small letters. One that names something else than
 * `columns` is left out. Throws `UnreadableSql` for what is no CREATE TABLE.
 */
export function readGeneratedColumns(
  sql: string,
  columns: readonly string[],
): ReadonlyMap<string, GeneratedColumn> {
  const found = new Map<string, GeneratedColumn>();
  for (const { tokens, column } of tableDefinitions(sql)) {
    if (column === null) continue;
    const { constraints } = readColumnDefinition(tokens);
    const made = constraints.find(({ kind }) => kind === "stored" || kind === "virtual");
    if (made === undefined) continue;
    const from = made.tokens.findIndex((token) => isOperator(token, "("));
    const through = made.tokens.findLastIndex((token) => isOperator(token, ")"));
    const own = made.tokens.slice(from, through + 1);
    const named = columnsIn(own, columns);
    if (named === null) continue;
    const expression = sql.slice(own[0]?.start, own.at(-1)?.end);
    found.set(foldCase(column), { expression, columns: named });
  }
  return found;
}
