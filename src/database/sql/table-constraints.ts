import { isOperator, isWord, type Token } from "./tokenize.ts";

/** A constraint that stands behind the columns of a table. */
export interface TableConstraint {
  kind: "primary key" | "unique" | "check" | "foreign key";
  /** `CONSTRAINT name`; none where it has no name. */
  name: readonly Token[];
  /** From its first word on. */
  tokens: readonly Token[];
}

/** The constraints of what stands between two commas: SQLite takes several without one. */
export function readTableConstraints(tokens: readonly Token[]): TableConstraint[] {
  const found: { name: Token[]; tokens: Token[] }[] = [];
  let depth = 0;
  let name: Token[] = [];
  for (const token of tokens) {
    if (name.length === 1) name.push(token);
    else if (depth === 0 && isWord(token, "constraint")) name = [token];
    else if (depth === 0 && isWord(token, "primary", "unique", "check", "foreign")) {
      found.push({ name, tokens: [token] });
      name = [];
    } else found.at(-1)?.tokens.push(token);
    if (isOperator(token, "(")) depth++;
    if (isOperator(token, ")")) depth--;
  }
  return found.map((one) => ({ ...one, kind: kindOf(one.tokens[0]) }));
}

function kindOf(first: Token | undefined): TableConstraint["kind"] {
  if (isWord(first, "primary")) return "primary key";
  if (isWord(first, "foreign")) return "foreign key";
  return isWord(first, "unique") ? "unique" : "check";
}
