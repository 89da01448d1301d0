import { readCreateStatement } from "./create-statement.ts";
import { isOperator, isWord, type Token } from "./tokenize.ts";

/** What stands between two commas of a CREATE TABLE: a column with its constraints, or a constraint. */
export interface TableDefinition {
  tokens: readonly Token[];
  /** Where its own words are, outside parentheses. They are reserved, so no column is called so without quotes. */
  outer: readonly number[];
  /** Null for a constraint of the table. */
  column: string | null;
}

/** The definitions of a table. Throws `UnreadableSql` for what is no CREATE TABLE. */
export function tableDefinitions(sql: string): TableDefinition[] {
  const { rest } = readCreateStatement(sql);
  const found: TableDefinition[] = [];
  let depth = 0;
  let [tokens, outer]: [Token[], number[]] = [[], []];
  const close = () => {
    const constraint = isWord(tokens[0], "constraint", "foreign", "primary", "unique", "check");
    found.push({ tokens, outer, column: constraint ? null : (tokens[0]?.text ?? "") });
    [tokens, outer] = [[], []];
  };
  for (const token of rest) {
    if (isOperator(token, ")") && --depth === 0) {
      close();
      break;
    }
    if (depth === 1 && isOperator(token, ",")) close();
    else if (depth > 0) {
      if (depth === 1 && token.kind === "word") outer.push(tokens.length);
      tokens.push(token);
    }
    if (isOperator(token, "(")) depth++;
  }
  return found;
}

/** The first word of each part of a list in parentheses; none where no parenthesis is. */
export function namesAt(tokens: readonly Token[], at: number): string[] {
  if (!isOperator(tokens[at], "(")) return [];
  let end = at + 1;
  while (end < tokens.length && !isOperator(tokens[end], ")")) end++;
  const list = tokens.slice(at, end);
  return list.flatMap((token, i) => (isOperator(list[i - 1], "(", ",") ? [token.text] : []));
}
