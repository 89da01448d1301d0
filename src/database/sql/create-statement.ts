import { foldCase, isOperator, isWord, type Token, tokenize, UnreadableSql } from "./tokenize.ts";

/** One CREATE statement: what it makes, and under which name. */
export interface CreateStatement {
  type: "table" | "virtual" | "index" | "view" | "trigger";
  name: string;
  /** What an index or a trigger is on. */
  table: string | null;
  /** Of a virtual table. */
  module: string | null;
  /** All that follows the names. */
  rest: readonly Token[];
}

const QUERIES = ["select", "with", "values"] as const;
const CHANGES = ["insert", "replace", "update", "delete"] as const;

/**
 * Reads the one statement of a schema object. Throws `UnreadableSql` for anything else: another statement, a
 * second one, a temporary object or one outside `main`, a table made from a SELECT.
 */
export function readCreateStatement(sql: string): CreateStatement {
  const tokens = tokenize(sql);
  while (isOperator(tokens.at(-1), ";")) tokens.pop();
  const reader = new TokenReader(tokens);
  if (!reader.takes("create")) throw notCreate(tokens[0]);
  if (isWord(reader.next, "temp", "temporary")) throw new UnreadableSql("makes a temporary object");
  const type = readType(reader);
  if (reader.takes("if") && !(reader.takes("not") && reader.takes("exists")))
    throw new UnreadableSql("is not a CREATE statement that SQLite knows");
  const statement: CreateStatement = {
    type,
    name: reader.qualifiedName(),
    table: null,
    module: null,
    rest: [],
  };
  if (type === "index") return { ...statement, table: readIndexed(reader), rest: oneStatement(reader.rest) };
  if (type === "trigger") return { ...statement, table: readTriggered(reader), rest: readBody(reader) };
  const rest = oneStatement(reader.rest);
  if (type === "virtual") return { ...statement, module: readModule(reader), rest: reader.rest };
  if (type === "view") refuseOtherView(rest);
  else if (!isOperator(rest[0], "("))
    throw new UnreadableSql("does not list the table's columns, as CREATE TABLE … AS SELECT does not");
  return { ...statement, rest };
}

function notCreate(first: Token | undefined): UnreadableSql {
  if (first === undefined) return new UnreadableSql("holds no statement");
  const what = first.kind === "word" ? first.text.slice(0, 20).toUpperCase() : "something else";
  return new UnreadableSql(`is ${what} and not CREATE`);
}

function readType(reader: TokenReader): CreateStatement["type"] {
  if (reader.takes("unique")) {
    if (reader.takes("index")) return "index";
  } else if (reader.takes("virtual")) {
    if (reader.takes("table")) return "virtual";
  } else {
    for (const type of ["table", "index", "view", "trigger"] as const) if (reader.takes(type)) return type;
  }
  throw new UnreadableSql("does not create a table, index, view or trigger");
}

function readIndexed(reader: TokenReader): string {
  if (!reader.takes("on")) throw new UnreadableSql("does not say which table the index is on");
  return reader.name();
}

/** ON is reserved: no name stands for it without quotes. */
function readTriggered(reader: TokenReader): string {
  while (reader.next !== undefined && !isWord(reader.next, "on") && !isOperator(reader.next, ";"))
    reader.skip();
  if (!reader.takes("on")) throw new UnreadableSql("does not say which table the trigger is on");
  return reader.qualifiedName();
}

function readModule(reader: TokenReader): string {
  if (!reader.takes("using")) throw new UnreadableSql("does not say which module the table is of");
  return reader.name();
}

/** A view is a query, of which no part changes anything. */
function refuseOtherView(rest: readonly Token[]): void {
  const as = rest.findIndex((token) => isWord(token, "as"));
  if (as < 0 || !isWord(rest[as + 1], ...QUERIES)) throw new UnreadableSql("is not a view of a SELECT");
  // All of them are reserved, which REPLACE is not: it is a function, too.
  const change = rest.find(
    (token, i) =>
      isWord(token, "insert", "update", "delete", "create", "alter", "drop") ||
      (isWord(token, "replace") && isWord(rest[i + 1], "into")),
  );
  if (change !== undefined) throw new UnreadableSql(`holds ${change.text.toUpperCase()}, which no view does`);
}

/**
 * What follows a trigger's table: its condition, BEGIN, statements that each end with a semicolon, END. No
 * statement begins with END, so the first that does ends the trigger.
 */
function readBody(reader: TokenReader): readonly Token[] {
  const { rest } = reader;
  const begin = rest.findIndex((token, i) => isWord(token, "begin") && !isOperator(rest[i - 1], "."));
  if (begin < 0) throw new UnreadableSql("is a trigger without BEGIN … END");
  oneStatement(rest.slice(0, begin));
  let first = true;
  for (let at = begin + 1; at < rest.length; at++) {
    const token = rest[at];
    if (first && isWord(token, "end")) {
      oneStatement(rest.slice(at), 1);
      return rest;
    }
    if (first && !isWord(token, ...QUERIES, ...CHANGES))
      throw new UnreadableSql(`is a trigger that does something else than ${CHANGES.join(", ")} and select`);
    first = isOperator(token, ";");
  }
  throw new UnreadableSql("is a trigger without END");
}

/** The tokens, of which none ends a statement, and no more of them than `most`. */
function oneStatement(tokens: readonly Token[], most = Infinity): readonly Token[] {
  if (tokens.length > most || tokens.some((token) => isOperator(token, ";")))
    throw new UnreadableSql("holds a second statement");
  return tokens;
}

class TokenReader {
  private readonly tokens: readonly Token[];
  private at = 0;

  constructor(tokens: readonly Token[]) {
    this.tokens = tokens;
  }

  get next(): Token | undefined {
    return this.tokens[this.at];
  }

  get rest(): readonly Token[] {
    return this.tokens.slice(this.at);
  }

  skip(): void {
    this.at++;
  }

  takes(word: string): boolean {
    const found = isWord(this.next, word);
    if (found) this.at++;
    return found;
  }

  /** A name in any quotes that SQLite takes for one, or in none. */
  name(): string {
    const token = this.next;
    if (token === undefined || !["word", "name", "string"].includes(token.kind))
      throw new UnreadableSql("names nothing where a name belongs");
    this.at++;
    return token.text;
  }

  qualifiedName(): string {
    const name = this.name();
    if (!isOperator(this.next, ".")) return name;
    this.at++;
    if (foldCase(name) !== "main") throw new UnreadableSql(`is about another database than main: "${name}"`);
    return this.name();
  }
}
