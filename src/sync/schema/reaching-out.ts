import { isNotTheApps } from "../../database/own-names.ts";
import { REACHING_FUNCTIONS } from "../../database/sql/reaching-functions.ts";
import { foldCase, isOperator, isWord, type Token } from "../../database/sql/tokenize.ts";

/** What reads files, or the engine's own pages and statements, as if it were a table. */
const TABLES = new Set([
  "fsdir",
  "lsdir",
  "zipfile",
  "csv",
  "dbstat",
  "sqlite_dbpage",
  "sqlite_dbdata",
  "sqlite_dbptr",
  "sqlite_stmt",
  "bytecode",
  "tables_used",
  "sqlite_memstat",
  "sqlite_temp_schema",
  "sqlite_temp_master",
]);

/**
 * What the body of a schema object does that none may do, in words that go on from "its SQL"; null for
 * nothing. A quoted name is a name: `"load_extension"('x')` is the same call.
 */
export function reachesOut(tokens: readonly Token[], type: string): string | null {
  const reads = type === "view" || type === "trigger";
  for (const [i, token] of tokens.entries()) {
    if (token.kind === "variable") return `holds a variable: ${token.text}`;
    const found = reachingCall(tokens, i) ?? (reads ? reachingTable(tokens, i) : null);
    if (found !== null) return found;
  }
  return null;
}

function reachingCall(tokens: readonly Token[], i: number): string | null {
  const token = tokens[i] as Token;
  if (token.kind !== "word" && token.kind !== "name") return null;
  // `INSERT INTO edit (…)`, `REFERENCES edit (…)`: a table of that name.
  if (!isOperator(tokens[i + 1], "(") || isWord(tokens[i - 1], "into", "references")) return null;
  const name = foldCase(token.text);
  return REACHING_FUNCTIONS.has(name) ? `calls ${name}, which reaches outside the database` : null;
}

function reachingTable(tokens: readonly Token[], i: number): string | null {
  const token = tokens[i] as Token;
  if (token.kind !== "word" && token.kind !== "name" && !isNamedByString(tokens, i)) return null;
  const name = foldCase(token.text);
  if (name.startsWith("pragma_")) return `reads ${name}, which is a PRAGMA`;
  if (isNotTheApps(name)) return `uses ${name}, which is not the app's`;
  if (TABLES.has(name) && (isOperator(tokens[i + 1], "(") || isSource(tokens, i)))
    return `reads ${name}, which reaches outside the database's tables`;
  if (isSource(tokens, i) && isOperator(tokens[i + 1], ".") && name !== "main")
    return `is about another database than main: "${token.text}"`;
  return null;
}

/** `FROM 'name'`: SQLite takes a string for a name there. */
function isNamedByString(tokens: readonly Token[], i: number): boolean {
  if (tokens[i]?.kind !== "string") return false;
  return isSource(tokens, i) || isOperator(tokens[i - 1], ",", ".", "(");
}

/** True behind what a table's name follows. `IS DISTINCT FROM` compares. */
function isSource(tokens: readonly Token[], i: number): boolean {
  const before = tokens[i - 1];
  if (isWord(before, "from")) return !isWord(tokens[i - 2], "distinct");
  return isWord(before, "join", "into", "update");
}
