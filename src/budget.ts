import type { Database, Statement, StatementResult, Value } from "./database/port.ts";

/** What one invocation may still do. A step asks before it begins; what was begun is finished. */
export interface Budget {
  /**
   * True while `statements` more fit, `bytes` more may be handled, and time is left. True means that
   * the step begins. The first bytes of an invocation always may: a frame cannot be parted.
   */
  allows(statements: number, bytes?: number): boolean;
  /** Counts statements as they are sent, and bytes of rows as they are packed or unpacked. */
  spend(statements: number, bytes?: number): void;
  /** Statements counted so far. */
  readonly spent: number;
  /** Statements one batch may hold at the most, whatever was spent: the platform's own limit. */
  readonly batchStatements: number;
  /** Bytes of rows an invocation should handle; a step that can choose takes no more at once. */
  readonly bytes: number;
}

export interface BudgetOptions {
  /** Database statements before a step hands over to the next invocation. @default Infinity */
  statements?: number;
  /** Statements the platform lets one invocation run. @default Infinity */
  limit?: number;
  /**
   * Bytes of rows, as JSON, that one invocation packs or unpacks. Stands for CPU time, which a Worker
   * cannot measure: its clock stands still while it computes. @default Infinity
   */
  bytes?: number;
  /** Milliseconds from now after which no step begins. @default Infinity */
  ms?: number;
  /** Milliseconds since 1970. @default Date.now */
  now?: () => number;
}

/** Statements kept back for what ends an invocation: a last renewal of the lock, the record. */
const RESERVE = 2;

export function createBudget(options: BudgetOptions = {}): Budget {
  const {
    statements = Infinity,
    limit = Infinity,
    bytes = Infinity,
    ms = Infinity,
    now = Date.now,
  } = options;
  const end = now() + ms;
  let spent = 0;
  let handled = 0;
  let begun = false;
  return {
    batchStatements: limit,
    bytes,
    get spent() {
      return spent;
    },
    allows(count, size = 0) {
      if (now() >= end && begun) return false;
      if (size > 0 && handled > 0 && handled + size > bytes) return false;
      if (count === 0) return true;
      // A batch cannot be parted, and an invocation that does no step at all would be called for ever:
      // the first step, and one that is large beside the soft count, may use the platform's limit.
      const ceiling = !begun || count > statements / 2 ? limit : Math.min(statements, limit);
      if (spent + count > ceiling - RESERVE) return false;
      begun = true;
      return true;
    },
    spend(count, size = 0) {
      spent += count;
      handled += size;
    },
  };
}

/** The same database, every statement spent from the budget. */
export function countedDatabase(database: Database, budget: Budget): Database {
  return {
    engine: database.engine,
    query(statement: Statement): Promise<Value[][]> {
      budget.spend(1);
      return database.query(statement);
    },
    batch(statements: readonly Statement[]): Promise<StatementResult[]> {
      budget.spend(statements.length);
      return database.batch(statements);
    },
  };
}
