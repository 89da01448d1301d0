import { foldCase, isOperator, isWord, type Token } from "./tokenize.ts";

/*
 * Texts that are the same for SQL which says the same: white space, comments, the case of keywords and names, and how names
 * are quoted count for nothing.
 */

const SYNONYMS: Readonly<Record<string, string>> = { "==": "=", "!=": "<>" };

/** A name in double quotes that is none of `columns` may be a text, whose letters count. */
export function canonicalSql(tokens: readonly Token[], columns: ReadonlySet<string>): string {
  const own = withoutParentheses(tokens);
  return own
    .map((token, i) => {
      if (token.kind !== "name") return canonicalToken(token);
      const isName =
        columns.has(foldCase(token.text)) ||
        isOperator(own[i + 1], "(", ".") ||
        isOperator(own[i - 1], ".") ||
        isWord(own[i - 1], "collate");
      return isName ? foldCase(token.text) : textOf(token);
    })
    .join(" ");
}

/** Of a statement in which every name in quotes is one. */
export const canonicalStatement = (tokens: readonly Token[]): string =>
  tokens.map((token) => (token.kind === "name" ? foldCase(token.text) : canonicalToken(token))).join(" ");

/** A value behind DEFAULT; null for NULL, which says nothing. A word that is no keyword is a text there. */
export function canonicalDefault(tokens: readonly Token[]): string | null {
  const own = withoutParentheses(tokens);
  const [first] = own;
  if (own.length > 1 || first === undefined) return canonicalSql(own, new Set());
  if (isWord(first, "null")) return null;
  if (isWord(first, "true", "false", "current_time", "current_date", "current_timestamp"))
    return foldCase(first.text);
  return first.kind === "word" ? textOf(first) : canonicalSql(own, new Set());
}

/** Without parentheses around all of it. */
export function withoutParentheses(tokens: readonly Token[]): readonly Token[] {
  const first = tokens.findIndex((token) => !isOperator(token, "("));
  const last = tokens.findLastIndex((token) => !isOperator(token, ")"));
  if (first < 0 || last < first) return tokens;
  let depth = first;
  let around = Math.min(first, tokens.length - 1 - last);
  for (const token of tokens.slice(first, last + 1)) {
    if (isOperator(token, "(")) depth++;
    if (isOperator(token, ")")) depth--;
    around = Math.min(around, depth);
  }
  return tokens.slice(around, tokens.length - around);
}

/** Where the parenthesis that opens here is closed; -1 where none opens, or it is not closed. */
export function closingOf(tokens: readonly Token[], at: number): number {
  if (!isOperator(tokens[at], "(")) return -1;
  let depth = 0;
  return tokens.findIndex((token, i) => {
    if (i < at) return false;
    if (isOperator(token, "(")) depth++;
    if (isOperator(token, ")")) depth--;
    return depth === 0;
  });
}

/** What stands between the commas of a list, as far as they are outside of its own parentheses. */
export function listed(tokens: readonly Token[]): Token[][] {
  const parts: Token[][] = [[]];
  let depth = 0;
  for (const token of tokens) {
    if (isOperator(token, "(")) depth++;
    if (isOperator(token, ")")) depth--;
    if (depth === 0 && isOperator(token, ",")) parts.push([]);
    else parts.at(-1)?.push(token);
  }
  return parts;
}

function canonicalToken(token: Token): string {
  if (token.kind === "string") return textOf(token);
  return SYNONYMS[token.text] ?? foldCase(token.text);
}

const textOf = ({ text }: Token): string => `'${text.replaceAll("'", "''")}'`;
