import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Cell, Row, TableSchema } from "../../archive/types.ts";
import { byName } from "../../database/node-sqlite.ts";
import { openClosed } from "../../database/node-sqlite-closed.ts";
import { cellSql } from "../../database/sql/cell-parameter.ts";
import { Params } from "../../database/sql/params.ts";
import { UnreadableSql } from "../../database/sql/tokenize.ts";
import type { RowDifference, RowFilter, TablePair } from "../../diff/index.ts";
import { isSameTable } from "../../grants.ts";
import { UsageError } from "../exit.ts";
import { printable } from "../printing/printable.ts";
import { type ConditionTable, conditionTable } from "./condition-table.ts";

/** A condition on a table's rows, in SQL. */
export interface TableCondition {
  table: string;
  sql: string;
}

interface Prepared {
  columns: readonly string[];
  /** The table that the row is put into. */
  into: string;
  /** 1 where the row in the table meets all conditions. */
  isMet: StatementSync;
}

/**
 * Conditions on rows that differ. They are looked at here, in a database in memory that has the row alone: no place is
 * sent any SQL.
 */
export class RowConditions implements RowFilter {
  readonly #conditions: readonly TableCondition[];
  readonly #prepared = new Map<string, Prepared>();
  readonly #sqlite: DatabaseSync;

  constructor(conditions: readonly TableCondition[]) {
    this.#conditions = conditions;
    this.#sqlite = openClosed(":memory:");
  }

  /** Throws `UsageError` for a table that is not compared, and for what SQLite does not understand. */
  prepare(pairs: readonly TablePair[]): void {
    const byTable = new Map<string, TableCondition[]>();
    for (const one of this.#conditions) {
      const pair = pairs.find(({ name }) => isSameTable(name, one.table));
      if (pair === undefined || pair.compared === null)
        throw new UsageError(
          `--where names "${printable(one.table)}", whose rows are not compared`,
          `Tables that are: ${pairs.flatMap(({ name, compared }) => (compared === null ? [] : [printable(name)])).join(", ")}`,
        );
      byTable.set(pair.name, [...(byTable.get(pair.name) ?? []), one]);
    }
    for (const pair of pairs) {
      const conditions = byTable.get(pair.name);
      if (conditions !== undefined) this.#prepared.set(pair.name, this.#prepare(pair, conditions));
    }
  }

  filters(table: string): boolean {
    return this.#prepared.has(table);
  }

  /** True where the row meets the table's conditions in one of the places. */
  isTold({ table, left, right }: RowDifference): boolean {
    const prepared = this.#prepared.get(table) as Prepared;
    const meets = (line: string) => this.#meets(prepared, JSON.parse(line) as Row);
    try {
      return [left, right].some((line) => line !== null && meets(line));
    } catch (error) {
      throw new UsageError(
        `--where cannot be told of a row of ${printable(table)}: ${printable((error as Error).message)}`,
      );
    }
  }

  close(): void {
    this.#sqlite.close();
  }

  #prepare({ name, left, compared }: TablePair, conditions: readonly TableCondition[]): Prepared {
    const columns = compared?.columns ?? [];
    const table = this.#makeTable(name, left.schema, columns);
    for (const { sql } of conditions) this.#understand(name, table.from, sql);
    const all = conditions.map(({ sql }) => `(${sql}\n)`).join(" AND ");
    const isMet = this.#sqlite.prepare(`SELECT count(*) AS n FROM ${table.from} WHERE ${all}`);
    return { columns, into: table.name, isMet };
  }

  #makeTable(name: string, schema: TableSchema | undefined, columns: readonly string[]): ConditionTable {
    try {
      if (schema === undefined) throw new UnreadableSql("is not told");
      const table = conditionTable(schema, columns);
      this.#sqlite.exec(table.create);
      return table;
    } catch (error) {
      const own = (error as Error).message;
      const why = error instanceof UnreadableSql ? `the table's SQL ${own}` : own;
      throw new UsageError(`--where cannot be told of rows of ${printable(name)}: ${printable(why)}`);
    }
  }

  #understand(table: string, from: string, sql: string): void {
    try {
      this.#sqlite.prepare(`SELECT count(*) FROM ${from} WHERE (${sql}\n)`);
    } catch (error) {
      const { message } = error as Error;
      throw new UsageError(
        `--where "${printable(table)}: ${printable(sql)}" is no condition that SQLite understands: ${printable(message)}`,
        /no such column: (.*\.)?(rowid|_rowid_|oid)$/i.test(message)
          ? `Rows of ${printable(table)} are compared without their rowids, which no column holds.`
          : `It is what stands behind WHERE, with the table's own columns: --where "posts: score > 5"`,
      );
    }
  }

  #meets({ columns, into, isMet }: Prepared, row: Row): boolean {
    const params = new Params();
    const cells = columns.map((column) => cellSql(row[column] as Cell, params));
    this.#sqlite.exec(`DELETE FROM ${into}`);
    this.#sqlite.prepare(`INSERT INTO ${into} VALUES (${cells.join(", ")})`).run(byName(params.values));
    return isMet.get()?.n === 1;
  }
}
