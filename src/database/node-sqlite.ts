import type { DatabaseSync, StatementSync } from "node:sqlite";
import { databaseError } from "./failure.ts";
import type { Capabilities, Database, Statement, StatementResult, Value } from "./port.ts";

export interface SqliteDatabase extends Database {
  close(): void;
}

/** SQLite's own limits are far beyond what a row or a transaction comes to. */
const CAPABILITIES: Capabilities = {
  maxColumns: Infinity,
  maxRowBytes: Infinity,
  transactionBytes: Infinity,
  transactionWrites: Infinity,
  temporaryTables: true,
};

/**
 * A SQLite database through Node's own `node:sqlite` (Node 22.13 or later). `sqlite` stays the
 * caller's until `close()`. Integers beyond ±2^53 are rounded, as D1 does.
 */
export function sqliteDatabase(sqlite: DatabaseSync): SqliteDatabase {
  const run = ({ sql, params }: Statement): Value[][] => {
    const statement = sqlite.prepare(sql);
    statement.setReadBigInts(true);
    return allRows(statement, params ?? []).map(readRow);
  };
  const countChanges = sqlite.prepare("SELECT changes() AS n");

  return {
    engine: "node-sqlite",
    capabilities: CAPABILITIES,
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
        nested = sqlite.isTransaction === true;
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
        if (nested) sqlite.exec("ROLLBACK TO ferry_batch; RELEASE ferry_batch");
        else if (sqlite.isTransaction ?? true) rollBack(sqlite);
        throw databaseError(error);
      }
    },
    close() {
      sqlite.close();
    },
  };
}

/** SQLite ends the transaction itself on some errors; then there is nothing to roll back. */
function rollBack(sqlite: DatabaseSync): void {
  try {
    sqlite.exec("ROLLBACK");
  } catch (error) {
    if (!(error instanceof Error) || !error.message.includes("no transaction is active")) throw error;
  }
}

/** Rows as arrays; Node before 22.16 knows objects only, which is why result columns need distinct names. */
function allRows(statement: StatementSync, params: readonly Value[]): unknown[][] {
  if (typeof statement.setReturnArrays === "function") {
    statement.setReturnArrays(true);
    return statement.all(...params) as unknown as unknown[][];
  }
  return statement.all(...params).map((row) => Object.values(row));
}

function readRow(cells: unknown[]): Value[] {
  for (let i = 0; i < cells.length; i++) {
    if (typeof cells[i] === "bigint") cells[i] = Number(cells[i]);
  }
  return cells as Value[];
}
