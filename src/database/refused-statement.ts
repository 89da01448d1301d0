import { FerryError } from "../errors.ts";
import { databaseError } from "./failure.ts";
import type { Statement } from "./port.ts";

/** A statement that something between the app and its database does not let through. */
export interface RefusedStatement {
  /** Its first word, or two: "PRAGMA", "CREATE TABLE". "batch" where it is not known which of a batch it was. */
  kind: string;
  /** How it begins, its literals left out; of a batch, the kinds in it. */
  begins: string;
  /** Statements of the batch that it was sent in; 1 where it was sent alone. */
  batch: number;
}

/** Characters of a statement that are told. */
const TOLD = 80;

/**
 * What a binding threw for these statements. A platform may put its own binding in front of D1, which
 * refuses what it does not like: then the error says which statement it was. Values are parameters, and
 * no part of it.
 */
export function bindingError(error: unknown, statements: readonly Statement[]): FerryError {
  const known = databaseError(error);
  if (!isRefusal(error, known)) return known;
  const words = String(known.details?.sqlite ?? known.message);
  const refused = mostLikely(statements, words);
  return new FerryError("DATABASE_ERROR", `${tell(refused)} was refused: ${words}`, {
    hint: "It is not SQLite that refuses this kind of statement, nor are the rows the reason: what the platform puts in front of D1 does. Nothing is lost. Have it permitted there, then send the same request again: it goes on where it stands.",
    details: { ...known.details, failure: "refused", statement: refused },
    cause: error,
  });
}

/** D1 ends what SQLite says with SQLite's code, and its own words are known. */
function isRefusal(error: unknown, { code, details }: FerryError): boolean {
  if (code !== "DATABASE_ERROR" || details?.failure !== undefined || error instanceof FerryError)
    return false;
  const text = error instanceof Error ? error.message : String(error);
  return /\bSQLITE_AUTH\b/.test(text) || !/\bSQLITE_[A-Z]+|^D1_[A-Z]+_ERROR: |^D1_ERROR: No SQL/.test(text);
}

/** A batch's refusal does not say which it was; what the refusal says names it, or the batch is too large as a whole. */
function mostLikely(statements: readonly Statement[], words: string): RefusedStatement {
  const named = statements.length === 1 ? statements[0] : statements.find(({ sql }) => names(words, sql));
  const batch = statements.length;
  if (named !== undefined) return { kind: kindOf(named.sql), begins: beginningOf(named.sql), batch };
  const kinds = [...new Set(statements.map(({ sql }) => kindOf(sql)))];
  return { kind: "batch", begins: kinds.join(", "), batch };
}

/** Whether the refusal names the statement's kind, or a word that stands in it in capitals. */
function names(words: string, sql: string): boolean {
  const said = new Set(words.toUpperCase().match(/[A-Z_]{4,}/g));
  const [first = "", second = ""] = kindOf(sql).split(" ");
  const keywords = withoutLiterals(sql).match(/\b[A-Z_]{4,}\b/g) ?? [];
  return said.has(first) || (second !== "" && said.has(second)) || keywords.some((word) => said.has(word));
}

function kindOf(sql: string): string {
  const [first = "", second = ""] = sql
    .trim()
    .toUpperCase()
    .split(/[^A-Z]+/);
  return /^(CREATE|DROP|ALTER)$/.test(first) ? `${first} ${second}` : first;
}

function beginningOf(sql: string): string {
  const line = withoutLiterals(sql).replace(/\s+/g, " ").trim();
  return line.length > TOLD ? `${line.slice(0, TOLD)}…` : line;
}

function withoutLiterals(sql: string): string {
  return sql.replace(/[xX]?'(?:[^']|'')*'?/g, "'…'");
}

function tell({ begins, batch }: RefusedStatement): string {
  return batch > 1 ? `A batch of ${batch} statements (${begins})` : `A statement (${begins})`;
}
