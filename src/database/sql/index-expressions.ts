import { readCreateStatement } from "./create-statement.ts";
import { tableDefinitions } from "./table-definitions.ts";
import { foldCase, isOperator, isWord, type Token } from "./tokenize.ts";

/** What an index is over, as SQL on the columns of its table. */
export interface IndexExpressions {
  /** Without their collations and directions. */
  terms: string[];
  /** Which rows it has; null for all. */
  where: string | null;
  /** The names of columns in all of these, in small letters. */
  columns: ReadonlySet<string>;
}

/**
 * Reads a CREATE INDEX. Null where it names something else than `columns`, such as a rowid, or a text in double quotes, which
 * SQLite takes there and not in a query. Throws `UnreadableSql` for what is no CREATE INDEX.
 */
export function readIndexExpressions(sql: string, columns: readonly string[]): IndexExpressions | null {
  const { rest } = readCreateStatement(sql);
  const textOf = (tokens: readonly Token[]) => sql.slice(tokens[0]?.start, tokens.at(-1)?.end);
  const terms: Token[][] = [[]];
  let depth = 0;
  let end = 0;
  for (const [at, token] of rest.entries()) {
    if (isOperator(token, ")") && --depth === 0) {
      end = at + 1;
      break;
    }
    if (depth === 1 && isOperator(token, ",")) terms.push([]);
    else if (depth > 0) terms.at(-1)?.push(token);
    if (isOperator(token, "(")) depth++;
  }
  const where = isWord(rest[end], "where") ? rest.slice(end + 1) : [];
  const own = terms.map(withoutOrder);
  const named = columnsIn([...own.flat(), ...where], columns);
  if (named === null || own.some((tokens) => tokens.length === 0)) return null;
  return { terms: own.map(textOf), where: where.length === 0 ? null : textOf(where), columns: named };
}

/** The columns that an expression names, in small letters; null where it names what is none of them. */
export function columnsIn(tokens: readonly Token[], columns: readonly string[]): Set<string> | null {
  const known = new Set(columns.map(foldCase));
  const named = tokens.filter(({ kind }) => kind === "name" || kind === "word");
  const foreign = named.some(({ kind, text }) => {
    const name = foldCase(text);
    return !known.has(name) && (kind === "name" || ROWIDS.has(name));
  });
  return foreign ? null : new Set(named.map(({ text }) => foldCase(text)).filter((name) => known.has(name)));
}

const ROWIDS: ReadonlySet<string> = new Set(["rowid", "_rowid_", "oid"]);

function withoutOrder(term: readonly Token[]): readonly Token[] {
  const own = isWord(term.at(-1), "asc", "desc") ? term.slice(0, -1) : term;
  return isWord(own.at(-2), "collate") ? own.slice(0, -2) : own;
}

/** By which collations a table's columns are compared, where they say so; by names in small letters. */
export function readCollations(sql: string): Map<string, string> {
  const found = tableDefinitions(sql).flatMap(({ tokens, outer, column }): [string, string][] => {
    const at = outer.findLast((one) => isWord(tokens[one], "collate"));
    const name = at === undefined ? undefined : tokens[at + 1];
    return column === null || name === undefined ? [] : [[foldCase(column), name.text]];
  });
  return new Map(found);
}
