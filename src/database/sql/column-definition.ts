import { isOperator, isWord, type Token, UnreadableSql } from "./tokenize.ts";

/** A constraint of a column, or of its table. */
export interface ColumnConstraint {
  kind: ConstraintKind;
  tokens: readonly Token[];
}

export type ConstraintKind =
  | "primary key"
  | "unique"
  | "not null"
  | "check"
  | "default"
  | "collate"
  | "references"
  | "stored"
  | "virtual";

/** A column as a CREATE TABLE defines it, every token of it accounted for. */
export interface ColumnDefinition {
  name: string;
  /** The words of its type; none where it has none. */
  type: readonly Token[];
  constraints: readonly ColumnConstraint[];
}

const BEGINS = [
  "constraint",
  "primary",
  "not",
  "null",
  "unique",
  "check",
  "default",
  "collate",
  "references",
  "generated",
  "as",
] as const;

/**
 * Reads the definition of a column by SQLite's grammar (sqlite.org/syntax/column-def.html). Throws `UnreadableSql` for
 * anything that is no part of one.
 */
export function readColumnDefinition(tokens: readonly Token[]): ColumnDefinition {
  const reader = new DefinitionReader(tokens);
  const name = reader.name();
  const type = reader.type();
  const constraints: ColumnConstraint[] = [];
  while (!reader.ended) {
    const constraint = reader.constraint();
    if (constraint !== null) constraints.push(constraint);
  }
  return { name, type, constraints };
}

/** The tokens as SQL in one line: as they were written, without comments. */
export function textOf(sql: string, tokens: readonly Token[]): string {
  return tokens
    .map(({ start, end }, i) => {
      const before = tokens[i - 1];
      return `${before === undefined || before.end === start ? "" : " "}${sql.slice(start, end)}`;
    })
    .join("");
}

class DefinitionReader {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  get ended(): boolean {
    return this.#at >= this.#tokens.length;
  }

  get #next(): Token | undefined {
    return this.#tokens[this.#at];
  }

  name(): string {
    const token = this.#next;
    if (token === undefined || !["word", "name", "string"].includes(token.kind)) throw this.#unknown();
    this.#at++;
    return token.text;
  }

  type(): readonly Token[] {
    const from = this.#at;
    while (!isWord(this.#next, ...BEGINS) && ["word", "name", "string"].includes(this.#next?.kind ?? ""))
      this.#at++;
    if (this.#at > from && isOperator(this.#next, "(")) {
      const group = this.#group();
      const isSize = ({ kind, text }: Token) => kind === "number" || /^[-+,()]$/.test(text);
      if (!group.every(isSize)) throw new UnreadableSql("has a column whose type holds more than sizes");
    }
    return this.#tokens.slice(from, this.#at);
  }

  /** Null for `NULL`, which says nothing. */
  constraint(): ColumnConstraint | null {
    const from = this.#at;
    if (this.#takes("constraint")) this.name();
    const kind = this.#kind();
    return kind === null ? null : { kind, tokens: this.#tokens.slice(from, this.#at) };
  }

  #kind(): ConstraintKind | null {
    if (this.#takes("primary")) {
      this.#needs("key");
      this.#takes("asc", "desc");
      this.#conflict();
      this.#takes("autoincrement");
      return "primary key";
    }
    if (this.#takes("unique")) {
      this.#conflict();
      return "unique";
    }
    if (this.#takes("null")) {
      this.#conflict();
      return null;
    }
    if (this.#takes("not")) {
      this.#needs("null");
      this.#conflict();
      return "not null";
    }
    if (this.#takes("check")) {
      this.#group();
      this.#conflict();
      return "check";
    }
    if (this.#takes("default")) {
      this.#value();
      return "default";
    }
    if (this.#takes("collate")) {
      this.name();
      return "collate";
    }
    if (this.#takes("references")) {
      this.#reference();
      return "references";
    }
    if (this.#takes("generated")) this.#needs("always");
    this.#needs("as");
    this.#group();
    if (this.#takes("stored")) return "stored";
    this.#takes("virtual");
    return "virtual";
  }

  /** A literal, a name that stands for one, or an expression in parentheses. */
  #value(): void {
    if (isOperator(this.#next, "(")) {
      this.#group();
      return;
    }
    const isSigned = isOperator(this.#next, "+", "-");
    if (isSigned) this.#at++;
    const token = this.#next;
    const kinds = isSigned ? ["number", "word"] : ["number", "word", "name", "string", "blob"];
    if (token === undefined || !kinds.includes(token.kind)) throw this.#unknown();
    this.#at++;
  }

  #reference(): void {
    this.name();
    if (isOperator(this.#next, "(")) this.#group();
    for (;;) {
      if (this.#takes("on")) {
        this.#needs("delete", "update");
        if (this.#takes("set")) this.#needs("null", "default");
        else if (this.#takes("no")) this.#needs("action");
        else this.#needs("cascade", "restrict");
      } else if (this.#takes("match")) this.name();
      else if (isWord(this.#next, "not") && isWord(this.#tokens[this.#at + 1], "deferrable")) {
        this.#at += 2;
        this.#initially();
      } else if (this.#takes("deferrable")) this.#initially();
      else return;
    }
  }

  #initially(): void {
    if (this.#takes("initially")) this.#needs("deferred", "immediate");
  }

  #conflict(): void {
    if (!this.#takes("on")) return;
    this.#needs("conflict");
    this.#needs("rollback", "abort", "fail", "ignore", "replace");
  }

  /** What stands in parentheses that are closed, these included. */
  #group(): readonly Token[] {
    const from = this.#at;
    if (!isOperator(this.#next, "(")) throw this.#unknown();
    for (let depth = 0; !this.ended; ) {
      if (isOperator(this.#next, "(")) depth++;
      if (isOperator(this.#next, ")")) depth--;
      this.#at++;
      if (depth === 0) return this.#tokens.slice(from, this.#at);
    }
    throw this.#unknown();
  }

  #takes(...words: readonly string[]): boolean {
    const found = isWord(this.#next, ...words);
    if (found) this.#at++;
    return found;
  }

  #needs(...words: readonly string[]): void {
    if (!this.#takes(...words)) throw this.#unknown();
  }

  #unknown(): UnreadableSql {
    const found = this.#next?.text.slice(0, 20);
    return new UnreadableSql(
      found === undefined
        ? "has a column whose definition breaks off"
        : `has a column whose definition holds what belongs to none: ${found}`,
    );
  }
}
