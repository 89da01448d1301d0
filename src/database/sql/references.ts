import { readCreateStatement } from "./create-statement.ts";
import { isOperator, isWord, type Token } from "./tokenize.ts";

/** A foreign key as a CREATE TABLE declares it. */
export interface Reference {
  columns: string[];
  parent: string;
  /** Null where it names none, and means the parent's primary key. */
  parentColumns: string[] | null;
}

/** The foreign keys of a table that is not there yet. Throws `UnreadableSql` for what is no CREATE TABLE. */
export function readReferences(sql: string): Reference[] {
  const { rest } = readCreateStatement(sql);
  const found: Reference[] = [];
  let depth = 0;
  let definition = 0;
  for (const [i, token] of rest.entries()) {
    if (isOperator(token, "(")) depth++;
    if (isOperator(token, ")")) depth--;
    if (depth === 1 && isOperator(token, "(", ",")) definition = i + 1;
    // A reserved word: no column is called so without quotes.
    if (depth !== 1 || !isWord(token, "references")) continue;
    const parentColumns = namesAt(rest, i + 2);
    found.push({
      columns: referringColumns(rest.slice(definition, i)),
      parent: rest[i + 1]?.text ?? "",
      parentColumns: parentColumns.length === 0 ? null : parentColumns,
    });
  }
  return found;
}

/** Of `a INT NOT NULL` the column, of `CONSTRAINT c FOREIGN KEY (a, b)` the list. */
function referringColumns(definition: readonly Token[]): string[] {
  const foreign = definition.findIndex(
    (token, i) => isWord(token, "foreign") && isWord(definition[i + 1], "key"),
  );
  return foreign < 0 ? [definition[0]?.text ?? ""] : namesAt(definition, foreign + 2);
}

/** A list of names in parentheses; none where no parenthesis is. */
function namesAt(tokens: readonly Token[], at: number): string[] {
  if (!isOperator(tokens[at], "(")) return [];
  const end = tokens.findIndex((token, i) => i > at && isOperator(token, ")"));
  return tokens.slice(at + 1, end).flatMap((token) => (isOperator(token, ",") ? [] : [token.text]));
}
