import type { DatabaseSync, StatementSync } from "node:sqlite";
import { databaseError } from "./failure.ts";
import { refuseUtf16 } from "./node-sqlite-encoding.ts";
import { rehearse } from "./node-sqlite-rehearsal.ts";
import type { Capabilities, Database, Statement, StatementResult, Value } from "./port.ts";

export interface SqliteDatabase extends Database {
  close(): void;
}

/** SQLite's own limits are far beyond what a row or a transaction comes to. */
const CAPABILITIES: Omit<Capabilities, "wholeTexts"> = {
  maxColumns: Infinity,
  maxRowBytes: Infinity,
  transactionBytes: Infinity,
  transactionWrites: Infinity,
  temporaryTables: true,
  directBlobs: true,
  namesBrokenKeys: true,
};

/**
 * A SQLite database through Node's own `node:sqlite` (Node 22.16 or later: SQLite's mathematical functions, FTS5
 * and rows as arrays came with it). `sqlite` stays the caller's until `close()`. Integers beyond ±2^53 are rounded,
 * as D1 does. Throws for a database in UTF-16.
 */
export function sqliteDatabase(sqlite: DatabaseSync): SqliteDatabase {
  refuseUtf16(sqlite);
  const prepare = keepStatements(sqlite);
  const run = ({ sql, params }: Statement): Value[][] => allRows(prepare(sql), params ?? []).map(readRow);
  const countChanges = sqlite.prepare("SELECT changes() AS n");

  return {
    engine: "node-sqlite",
    capabilities: { ...CAPABILITIES, wholeTexts: readsWholeTexts(sqlite) },
    async query(statement) {
      try {
        return run(statement);
      } catch (error) {
        throw databaseError(error);
      }
    },
    async batch(statements) {
      let nested = false;
      try {
        // The caller may hold a transaction of its own, as a snapshot to export from.
        nested = sqlite.isTransaction;
        sqlite.exec(nested ? "SAVEPOINT ferry_batch" : "BEGIN IMMEDIATE");
        const results: StatementResult[] = [];
        for (const statement of statements) {
          const rows = run(statement);
          const writes = /^\s*(INSERT|UPDATE|DELETE|REPLACE)\b/i.test(statement.sql);
          const changes = writes ? Number((countChanges.get() as { n: number }).n) : 0;
          results.push({ rows, changes, rowsWritten: 0 });
        }
        sqlite.exec(nested ? "RELEASE ferry_batch" : "COMMIT");
        return results;
      } catch (error) {
        if (sqlite.isTransaction) rollBack(sqlite, nested);
        throw databaseError(error);
      }
    },
    rehearse,
    close() {
      sqlite.close();
    },
  };
}

/** Statements that are kept: ranges of a table are read one after the other by the same one. */
const KEPT_STATEMENTS = 16;

/** Prepares statements, and hands out those of the last texts again. Whoever takes one runs it to its end. */
function keepStatements(sqlite: DatabaseSync): (sql: string) => StatementSync {
  const kept = new Map<string, StatementSync>();
  return (sql) => {
    const known = kept.get(sql);
    const statement = known ?? sqlite.prepare(sql);
    if (known === undefined) {
      statement.setReadBigInts(true);
      statement.setReturnArrays(true);
    }
    // The one that was used last stands last.
    kept.delete(sql);
    kept.set(sql, statement);
    for (const oldest of kept.keys()) {
      if (kept.size <= KEPT_STATEMENTS) break;
      kept.delete(oldest);
    }
    return statement;
  };
}

/** Node 22, 25 and 24 before 24.16 end a text at its first NUL. */
function readsWholeTexts(sqlite: DatabaseSync): boolean {
  const { text } = sqlite.prepare("SELECT char(97, 0, 98) AS text").get() as { text: string };
  return text.length === 3;
}

/** SQLite ends the transaction itself on some errors; then there is nothing to roll back. */
function rollBack(sqlite: DatabaseSync, nested: boolean): void {
  try {
    sqlite.exec(nested ? "ROLLBACK TO ferry_batch; RELEASE ferry_batch" : "ROLLBACK");
  } catch (error) {
    if (!(error instanceof Error) || !error.message.includes("no transaction is active")) throw error;
  }
}

function allRows(statement: StatementSync, params: readonly Value[]): unknown[][] {
  const rows = params.length === 0 ? statement.all() : statement.all(byName(params));
  return rows as unknown as unknown[][];
}

/**
 * `?1`, `?2`, … by name: Node before 22.20 and 24.7 counts them among the named parameters and finds no place
 * for a value that is given by position ("column index out of range").
 */
export function byName<T extends Value>(params: readonly T[]): Record<string, T> {
  return Object.fromEntries(params.map((value, i) => [`?${i + 1}`, value]));
}

function readRow(cells: unknown[]): Value[] {
  for (let i = 0; i < cells.length; i++) {
    if (typeof cells[i] === "bigint") cells[i] = Number(cells[i]);
  }
  return cells as Value[];
}
