import type { TableSchema } from "../../archive/types.ts";
import { canonicalDefault, canonicalSql, closingOf, listed, withoutParentheses } from "./canonical-sql.ts";
import { type ColumnConstraint, readColumnDefinition, textOf } from "./column-definition.ts";
import { readForeignKeyClause } from "./foreign-key-clause.ts";
import { quoteWhereNeeded } from "./syntax.ts";
import { readTableConstraints } from "./table-constraints.ts";
import { namesAt, type TableDefinition, tableDefinitions } from "./table-definitions.ts";
import { foldCase, isOperator, isWord, type Token } from "./tokenize.ts";

/*
 * What a CREATE TABLE says, the same for all texts that make the same table: a constraint may stand in its column or behind
 * all of them, in any order, and be called anything.
 */

export interface TableShape {
  /** By their names in small letters. */
  columns: ReadonlyMap<string, ColumnShape>;
  constraints: Clauses;
}

export interface ColumnShape {
  name: string;
  clauses: ReadonlyMap<ColumnClause, Clause>;
}

export type ColumnClause = "not null" | "default" | "collate" | "generated";

export interface Clause {
  /** The same where the clause says the same. */
  canonical: string;
  /** For a person. */
  text: string;
}

/** By their canonical texts: what they are for a person. */
export type Clauses = ReadonlyMap<string, string>;

export type ShapedTable = Pick<TableSchema, "sql" | "columns" | "strict" | "withoutRowid">;

/**
 * Reads how a table is made. `keyOf` tells the primary key of another, which a foreign key need not name. Throws
 * `UnreadableSql` for what is no CREATE TABLE.
 */
export function readTableShape(
  table: ShapedTable,
  keyOf: (table: string) => readonly string[] | undefined,
): TableShape {
  const reader = new ShapeReader(table, keyOf);
  for (const definition of tableDefinitions(table.sql)) reader.read(definition);
  return reader.shape();
}

class ShapeReader {
  readonly #table: ShapedTable;
  readonly #keyOf: (table: string) => readonly string[] | undefined;
  readonly #names: ReadonlySet<string>;
  readonly #columns = new Map<string, { name: string; clauses: Map<ColumnClause, Clause> }>();
  readonly #constraints = new Map<string, string>();

  constructor(table: ShapedTable, keyOf: (table: string) => readonly string[] | undefined) {
    this.#table = table;
    this.#keyOf = keyOf;
    this.#names = new Set(table.columns.map(({ name }) => foldCase(name)));
  }

  shape(): TableShape {
    for (const name of this.#neverNull()) this.#columns.get(name)?.clauses.delete("not null");
    return { columns: this.#columns, constraints: this.#constraints };
  }

  read({ tokens, column }: TableDefinition): void {
    if (column !== null) {
      this.#readColumn(tokens);
      return;
    }
    for (const { kind, tokens: own } of readTableConstraints(tokens)) {
      const list = own.findIndex((token) => isOperator(token, "("));
      const end = closingOf(own, list);
      const columns = own.slice(list + 1, end);
      if (kind === "check") this.#addCheck(columns);
      else if (kind === "foreign key") this.#addReference(namesAt(own, list), own.slice(end + 1));
      else this.#addKey(kind, listed(columns), own.slice(end + 1));
    }
  }

  #readColumn(tokens: readonly Token[]): void {
    const { name, type, constraints } = readColumnDefinition(tokens);
    const clauses = new Map<ColumnClause, Clause>();
    this.#columns.set(foldCase(name), { name, clauses });
    for (const constraint of constraints) this.#readConstraint(constraint, { tokens, type, clauses });
  }

  #readConstraint(
    { kind, tokens: written }: ColumnConstraint,
    {
      tokens: [name],
      type,
      clauses,
    }: { tokens: readonly Token[]; type: readonly Token[]; clauses: Map<ColumnClause, Clause> },
  ): void {
    const tokens = isWord(written[0], "constraint") ? written.slice(2) : written;
    const column = name as Token;
    const text = textOf(this.#table.sql, tokens);
    switch (kind) {
      case "primary key":
        this.#addKey(kind, [[column, ...tokens.filter((token) => isWord(token, "desc"))]], tokens.slice(2));
        break;
      case "unique":
        this.#addKey(kind, [[column]], tokens.slice(1));
        break;
      case "check":
        this.#addCheck(tokens.slice(2, closingOf(tokens, 1)));
        break;
      case "references":
        this.#addReference([column.text], tokens);
        break;
      case "not null": {
        const clause = `NOT NULL${onConflict(tokens)}`;
        clauses.set(kind, { canonical: clause, text: clause });
        break;
      }
      case "default": {
        const canonical = canonicalDefault(tokens.slice(1));
        if (canonical === null) clauses.delete(kind);
        else clauses.set(kind, { canonical, text: `DEFAULT ${textOf(this.#table.sql, tokens.slice(1))}` });
        break;
      }
      case "collate": {
        const canonical = (tokens[1]?.text ?? "").toUpperCase();
        if (canonical === "BINARY") clauses.delete(kind);
        else clauses.set(kind, { canonical, text: `COLLATE ${canonical}` });
        break;
      }
      default: {
        const open = tokens.findIndex((token) => isOperator(token, "("));
        const expression = tokens.slice(open, closingOf(tokens, open) + 1);
        const words = [canonicalSql(type, this.#names), canonicalSql(expression, this.#names), kind];
        const declared = type.length === 0 ? "" : `${textOf(this.#table.sql, type)} `;
        const bare = isWord(tokens.at(-1), "stored", "virtual") ? "" : " VIRTUAL";
        clauses.set("generated", { canonical: words.join(" "), text: `${declared}${text}${bare}` });
      }
    }
  }

  #addCheck(expression: readonly Token[]): void {
    const canonical = canonicalSql(expression, this.#names);
    const text = textOf(this.#table.sql, withoutParentheses(expression));
    this.#constraints.set(`check ${canonical}`, `CHECK (${text})`);
  }

  /** A primary key, or what has to be unique beside it. */
  #addKey(kind: "primary key" | "unique", terms: readonly Token[][], rest: readonly Token[]): void {
    const own = terms.map((term) => term.filter((token) => !isWord(token, "asc", "autoincrement")));
    const columns = own.map(([name, ...more]) =>
      [quoteWhereNeeded(name?.text ?? ""), ...more.map(({ text }) => text.toUpperCase())].join(" "),
    );
    const clause = `${kind.toUpperCase()} (${columns.join(", ")})${onConflict(rest)}`;
    this.#constraints.set(foldCase(clause), clause);
  }

  #addReference(columns: readonly string[], clause: readonly Token[]): void {
    const { parent, parentColumns, actions } = readForeignKeyClause(clause);
    const to = parentColumns.length > 0 ? parentColumns : (this.#keyOf(parent) ?? []);
    const list = (names: readonly string[]) => `(${names.map(quoteWhereNeeded).join(", ")})`;
    const target = `${quoteWhereNeeded(parent)}${to.length === 0 ? "" : ` ${list(to)}`}`;
    const text = ["FOREIGN KEY", list(columns), "REFERENCES", target, ...actions].join(" ");
    this.#constraints.set(foldCase(text), text);
  }

  /** Columns that hold no NULL whether they say NOT NULL or not. */
  #neverNull(): string[] {
    const { columns, strict, withoutRowid } = this.#table;
    const key = columns.filter(({ primaryKey }) => primaryKey > 0);
    const isRowid = key.length === 1 && key[0]?.type.toUpperCase() === "INTEGER";
    return strict || withoutRowid || isRowid ? key.map(({ name }) => foldCase(name)) : [];
  }
}

/** ABORT is what SQLite does anyway. */
function onConflict(tokens: readonly Token[]): string {
  const at = tokens.findIndex((token) => isWord(token, "conflict"));
  const action = at < 0 ? "" : (tokens[at + 1]?.text ?? "").toUpperCase();
  return action === "" || action === "ABORT" ? "" : ` ON CONFLICT ${action}`;
}
