import { D1_LIMITS } from "../database/limits.ts";

/*
 * What a statement's text alone shows. The words are SQLite's own, with the byte at which it would
 * have stopped, so that code which looks at messages sees here what it sees in production.
 */

/** Built-in functions that take any number of arguments; the others take fewer than D1's limit. */
const VARIADIC =
  /^(char|coalesce|concat|concat_ws|format|if|iif|jsonb?_(array|extract|insert|object|remove|replace|set)|max|min|printf)$/i;

const TOKENS =
  /'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]|--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|\?\d*|[:@$][\w$]+|[\p{L}_][\p{L}\p{N}_$]*|\d[\w.]*|\S/gu;

interface Token {
  token: string;
  /** Where it begins in the statement, characters. */
  index: number;
}

interface Call {
  name: string;
  offset: number;
  arguments: number;
  terms: number;
}

/** Throws what D1 throws for a statement that is too long, or has too many variables, terms or arguments. */
export function checkSql(sql: string): void {
  if (utf8Bytes(sql) > D1_LIMITS.sqlBytes) throw refusal("statement too long", "SQLITE_TOOBIG");
  const calls: [Call, ...Call[]] = [{ name: "", offset: 0, arguments: 1, terms: 1 }];
  const variables = new Set<string>();
  let word = { name: "", offset: 0 };
  for (const { 0: token, index } of sql.matchAll(TOKENS)) {
    if (token.startsWith("--") || token.startsWith("/*")) continue;
    const call = calls.at(-1) as Call;
    if (token === "(") calls.push({ ...word, arguments: 1, terms: 1 });
    else if (token === ")" && calls.length > 1) checkArguments(calls.pop() as Call, sql);
    else if (token === ",") call.arguments++;
    else if (token === ";") call.terms = 1;
    else if (/^(union|intersect|except)$/i.test(token)) checkTerms(++call.terms);
    else if (/^[?:@$]/.test(token)) checkVariable({ token, index }, variables, sql);
    word = /^[\p{L}_]/u.test(token) ? { name: token, offset: index } : { name: "", offset: 0 };
  }
}

function checkTerms(terms: number): void {
  if (terms > D1_LIMITS.compoundTerms) throw refusal("too many terms in compound SELECT");
}

function checkArguments({ name, offset, arguments: count }: Call, sql: string): void {
  if (count <= D1_LIMITS.functionArguments || !VARIADIC.test(name)) return;
  throw refusal(`too many arguments on function ${name} at offset ${bytesBefore(sql, offset)}`);
}

/** SQLite numbers variables: `?` takes the next number, `?7` its own, a name one of its own. */
function checkVariable({ token, index }: Token, variables: Set<string>, sql: string): void {
  const { parameters } = D1_LIMITS;
  const number = token.startsWith("?") && token.length > 1 ? Number(token.slice(1)) : null;
  if (number !== null && (number < 1 || number > parameters)) {
    const at = bytesBefore(sql, index);
    throw refusal(`variable number must be between ?1 and ?${parameters} at offset ${at}`);
  }
  variables.add(token === "?" ? `?#${variables.size}` : token);
  if (variables.size > parameters) {
    throw refusal(`too many SQL variables at offset ${bytesBefore(sql, index)}`);
  }
}

/** An error as D1 words it. */
export function refusal(message: string, code = "SQLITE_ERROR"): Error {
  return new Error(`D1_ERROR: ${message}: ${code}`);
}

export function utf8Bytes(text: string): number {
  return new TextEncoder().encode(text).byteLength;
}

function bytesBefore(sql: string, index: number): number {
  return utf8Bytes(sql.slice(0, index));
}
