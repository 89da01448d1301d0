import type { Database, Statement, StatementResult, Value } from "./database/port.ts";

/*
 * The arithmetic of an invocation. Each statement counts, also those of a batch. An invocation that
 * works on a run opens it (schema, lock, what is staged), does some steps, and ends it:
 *
 *   opening + (planning | reading the plan + one batch | finding the next step + one step | …) + ENDING <= limit
 *
 * What a batch needs is known before it begins, since it cannot be parted; so what surrounds it is
 * counted here, in one place.
 */

/** Statements that read what is staged, once the run is open. */
const READ_STAGED = 2;

/** Statements that planning takes at the most for a hundred tables. */
const PLANNING = 20;

/** Statements that read what the plan lists. */
const READ_LISTED = 1;

/** Statements that find the next of many transactions. */
const FIND_STEP = 3;

/** Statements that end an invocation: a last renewal of the lock, and the record. */
const ENDING = 2;

/** What one invocation may still do. A step asks before it begins; what was begun is finished. */
export interface Budget {
  /**
   * True while `statements` more fit, `bytes` more may be handled, and time is left. True means that
   * the step begins. The first bytes of an invocation always may: a frame cannot be parted.
   */
  allows(statements: number, bytes?: number): boolean;
  /** True while the statements that planning takes fit. */
  allowsPlanning(): boolean;
  /** True while the platform would run so many statements more, whatever the invocation should take. */
  withinLimit(statements: number): boolean;
  /** Counts statements as they are sent, and bytes of rows as they are packed or unpacked. */
  spend(statements: number, bytes?: number): void;
  /** Says that the run is open. Each invocation opens it by what was spent till now, but for `once` statements of it. */
  opened(once: number): void;
  /** Statements of an invocation that opens the run, reads its plan and runs one batch. */
  countWithBatch(batch: number): number;
  /** Statements of an invocation that opens the run and runs one of its many transactions. */
  countWithStep(step: number): number;
  /** It was made for a platform that nobody named, and can take less. */
  readonly mayFallBack: boolean;
  /** Takes from now on what fits every platform. */
  fallBack(): void;
  /** Statements counted so far. */
  readonly spent: number;
  /** Statements that the platform lets one invocation run. */
  readonly limit: number;
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
  /** What to take where the platform turns out to allow less. @default nothing else */
  smallest?: Required<Pick<BudgetOptions, "statements" | "limit" | "bytes">>;
}

export function createBudget(options: BudgetOptions = {}): Budget {
  const { ms = Infinity, now = Date.now, smallest } = options;
  let { statements = Infinity, limit = Infinity, bytes = Infinity } = options;
  const end = now() + ms;
  let spent = 0;
  let opening = 0;
  let handled = 0;
  let begun = false;
  function allows(count: number, size = 0): boolean {
    if (now() >= end && begun) return false;
    if (size > 0 && handled > 0 && handled + size > bytes) return false;
    if (count === 0) return true;
    // A batch cannot be parted, and an invocation that does no step at all would be called for ever:
    // the first step, and one that is large beside the soft count, may use the platform's limit.
    const ceiling = !begun || count > statements / 2 ? limit : Math.min(statements, limit);
    if (spent + count > ceiling - ENDING) return false;
    begun = true;
    return true;
  }
  return {
    get limit() {
      return limit;
    },
    get bytes() {
      return bytes;
    },
    mayFallBack: smallest !== undefined,
    fallBack() {
      if (smallest !== undefined) ({ statements, limit, bytes } = smallest);
    },
    get spent() {
      return spent;
    },
    allows,
    allowsPlanning: () => allows(PLANNING),
    withinLimit: (count) => spent + count + ENDING <= limit,
    spend(count, size = 0) {
      spent += count;
      handled += size;
    },
    opened(once) {
      opening = spent - once + READ_STAGED;
    },
    countWithBatch: (batch) => opening + READ_LISTED + batch + ENDING,
    countWithStep: (step) => opening + READ_LISTED + FIND_STEP + step + ENDING,
  };
}

/** Calls of one invocation that fit any platform, with some left for what else a request holds. */
export const SAFE_CALLS = 36;

/** More calls than the smallest platform allows: an invocation that took them runs on a larger one. */
export const CALLS_BEYOND_SMALLEST = 60;

/** The same database, which asks `before` ahead of so many statements. */
export function watchedDatabase(database: Database, before: (statements: number) => Promise<void>): Database {
  return {
    ...database,
    async query(statement) {
      await before(1);
      return database.query(statement);
    },
    async batch(statements) {
      await before(statements.length);
      return database.batch(statements);
    },
  };
}

/** The same database, every statement spent from the budget. */
export function countedDatabase(database: Database, budget: Pick<Budget, "spend">): Database {
  return {
    engine: database.engine,
    capabilities: database.capabilities,
    ...(database.rehearse === undefined ? {} : { rehearse: database.rehearse }),
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
