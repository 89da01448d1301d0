/** What one invocation may still do. A step asks before it begins; what was begun is finished. */
export interface Budget {
  /** True while `statements` more fit, and time is left. True means that the step begins. */
  allows(statements: number): boolean;
  /** Counts statements as they are sent. */
  spend(statements: number): void;
  /** Statements one batch may hold at the most, whatever was spent: the platform's own limit. */
  readonly batchStatements: number;
}

export interface BudgetOptions {
  /** Database statements before a step hands over to the next invocation. @default Infinity */
  statements?: number;
  /** Statements the platform lets one invocation run. @default Infinity */
  limit?: number;
  /** Milliseconds from now after which no step begins. @default Infinity */
  ms?: number;
  /** Milliseconds since 1970. @default Date.now */
  now?: () => number;
}

/** Statements kept back for what ends an invocation: a last renewal of the lock, the record. */
const RESERVE = 2;

export function createBudget(options: BudgetOptions = {}): Budget {
  const { statements = Infinity, limit = Infinity, ms = Infinity, now = Date.now } = options;
  const end = now() + ms;
  let spent = 0;
  let begun = false;
  return {
    batchStatements: limit,
    allows(count) {
      if (now() >= end && begun) return false;
      // A batch cannot be parted, and an invocation that does no step at all would be called for ever:
      // the first step, and one that is large beside the soft count, may use the platform's limit.
      const ceiling = !begun || count > statements / 2 ? limit : Math.min(statements, limit);
      if (spent + count > ceiling - RESERVE) return false;
      begun = true;
      return true;
    },
    spend(count) {
      spent += count;
    },
  };
}
