/** What one invocation may still do. A step asks before it begins; what was begun is finished. */
export interface Budget {
  /** True while `statements` more fit, and time is left. */
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

export function createBudget(options: BudgetOptions = {}): Budget {
  const { statements = Infinity, limit = Infinity, ms = Infinity, now = Date.now } = options;
  const end = now() + ms;
  let spent = 0;
  return {
    batchStatements: limit,
    allows(count) {
      if (now() >= end) return false;
      // The first step of an invocation may exceed the soft count, never the platform's limit.
      return spent + count <= (spent === 0 ? limit : Math.min(statements, limit));
    },
    spend(count) {
      spent += count;
    },
  };
}
