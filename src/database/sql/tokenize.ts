import { foldCase } from "../../names.ts";

export { foldCase };

/**
 * SQL as SQLite's own tokenizer reads it (sqlite.org/syntax, src/tokenize.c), comments and spaces left out.
 * Stricter in one thing: a comment that does not end is refused.
 */
export interface Token {
  kind: TokenKind;
  /** As written; of names and strings what they say, without their quotes. */
  text: string;
  /** Where it begins, and what follows it; UTF-16 units. */
  start: number;
  end: number;
}

/** `word`: a keyword, or a name without quotes. `name`: one in `""`, `[]` or ``` `` ```. */
export type TokenKind = "word" | "name" | "string" | "blob" | "number" | "variable" | "operator";

/** What SQLite would refuse, or what is more than the one statement that is read. The message goes on from "its SQL". */
export class UnreadableSql extends Error {
  override readonly name = "UnreadableSql";
}

const SPACE = /[ \t\n\f\r][ \t\n\v\f\r]*|\uFEFF/y;
const LINE_COMMENT = /--[^\n]*/y;
const BLOB = /[xX]'(?:[0-9a-fA-F]{2})*'/y;
const WORD = /[A-Za-z_\u0080-\uFFFF][A-Za-z0-9_$\u0080-\uFFFF]*/y;
const NUMBER =
  /(?=\.?[0-9])(?:0[xX][0-9a-fA-F][0-9a-fA-F_]*|[0-9_]*(?:\.[0-9_]*)?(?:[eE][+-]?[0-9][0-9_]*)?)/y;
const LOOSE_SEPARATOR = /_(?![0-9])|(?<![0-9])_/;
const LOOSE_SEPARATOR_IN_HEX = /_(?![0-9a-fA-F])|(?<![0-9a-fA-F])_/;
const NUMBERED = /\?[0-9]*/y;
const VARIABLE =
  /[$@:#](?:::)*[A-Za-z0-9_$\u0080-\uFFFF](?:[A-Za-z0-9_$\u0080-\uFFFF]|::)*(?:\([^ \t\n\v\f\r)]*\))?/y;
const OPERATOR = /->>|->|\|\||<=|<>|<<|>=|>>|==|!=|[-+*/%,&|~=<>.;()]/y;
const NAME_CHARACTER = /[A-Za-z0-9_$\u0080-\uFFFF]/y;

const QUOTES: Readonly<Record<string, { kind: "name" | "string"; close: string }>> = {
  '"': { kind: "name", close: '"' },
  "`": { kind: "name", close: "`" },
  "[": { kind: "name", close: "]" },
  "'": { kind: "string", close: "'" },
};

/** The tokens of a text. Throws `UnreadableSql` where SQLite would find none, or a comment that does not end. */
export function tokenize(sql: string): Token[] {
  if (sql.includes("\0")) throw new UnreadableSql("holds a NUL byte");
  const tokens: Token[] = [];
  for (let at = 0; at < sql.length; ) {
    const behind = skip(sql, at);
    if (behind > at) {
      at = behind;
      continue;
    }
    const token = readToken(sql, at);
    tokens.push(token);
    at = token.end;
  }
  return tokens;
}

/** What follows a space or a comment that begins here; else here. */
function skip(sql: string, at: number): number {
  if (!sql.startsWith("/*", at)) return endOf(SPACE, sql, at) ?? endOf(LINE_COMMENT, sql, at) ?? at;
  const close = sql.indexOf("*/", at + 2);
  if (close < 0) throw new UnreadableSql("holds a comment that does not end");
  return close + 2;
}

function readToken(sql: string, start: number): Token {
  const first = sql[start] as string;
  if (Object.hasOwn(QUOTES, first)) return readQuoted(sql, start);
  const plain = (kind: TokenKind, end: number): Token => ({ kind, text: sql.slice(start, end), start, end });
  const number = endOf(NUMBER, sql, start);
  if (number !== null) {
    const token = plain("number", number);
    const loose = /^0x/i.test(token.text) ? LOOSE_SEPARATOR_IN_HEX : LOOSE_SEPARATOR;
    if (endOf(NAME_CHARACTER, sql, number) !== null || loose.test(token.text)) throw unknownToken(sql, start);
    return token;
  }
  if (/^[xX]'/.test(sql.slice(start, start + 2))) {
    const blob = endOf(BLOB, sql, start);
    if (blob === null) throw unknownToken(sql, start);
    return plain("blob", blob);
  }
  const word = endOf(WORD, sql, start);
  if (word !== null) return plain("word", word);
  const numbered = endOf(NUMBERED, sql, start);
  if (numbered !== null) return plain("variable", numbered);
  const variable = endOf(VARIABLE, sql, start);
  if (variable !== null) {
    if (sql[variable] === "(" && sql[variable - 1] !== ")") throw unknownToken(sql, start);
    return plain("variable", variable);
  }
  const operator = endOf(OPERATOR, sql, start);
  if (operator !== null) return plain("operator", operator);
  throw unknownToken(sql, start);
}

/** A quote within is written twice, but for `[]`, which cannot hold its end. */
function readQuoted(sql: string, start: number): Token {
  const { kind, close } = QUOTES[sql[start] as string] as (typeof QUOTES)[string];
  let from = start + 1;
  for (;;) {
    const end = sql.indexOf(close, from);
    if (end < 0) throw new UnreadableSql(`holds a ${kind} that does not end`);
    if (close !== "]" && sql[end + 1] === close) {
      from = end + 2;
      continue;
    }
    const inner = sql.slice(start + 1, end);
    const text = close === "]" ? inner : inner.replaceAll(close + close, close);
    return { kind, text, start, end: end + 1 };
  }
}

function endOf(pattern: RegExp, sql: string, at: number): number | null {
  pattern.lastIndex = at;
  return pattern.test(sql) ? pattern.lastIndex : null;
}

function unknownToken(sql: string, at: number): UnreadableSql {
  return new UnreadableSql(`holds what is no SQL: ${sql.slice(at, at + 20)}`);
}

/** True for one of these keywords, written in any case and without quotes. */
export function isWord(token: Token | undefined, ...words: readonly string[]): boolean {
  return token?.kind === "word" && words.includes(foldCase(token.text));
}

/** True for one of these operators. */
export function isOperator(token: Token | undefined, ...operators: readonly string[]): boolean {
  return token?.kind === "operator" && operators.includes(token.text);
}
