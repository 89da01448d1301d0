import type { D1Like } from "../../src/database/d1.ts";

/**
 * A D1 binding held to the figures that production documents (developers.cloudflare.com/d1/platform/limits),
 * which a local engine does not all enforce. What breaks one is thrown as production throws it, before
 * the engine sees it; a result that is too large after it.
 */
export interface LimitedD1Options {
  /** Statements of one invocation, each of a batch counted. @default 50 */
  queries?: number;
}

export interface LimitedD1 extends D1Like {
  /** Begins another invocation. */
  newInvocation(): void;
  /** Statements of this invocation. */
  readonly statements: number;
  /** Statements of all invocations. */
  readonly allStatements: number;
  /** Bytes of the largest value or row that was bound or came back. */
  readonly peakBytes: number;
  /** Bytes of the longest statement. */
  readonly peakSqlBytes: number;
}

const SQL_BYTES = 100_000;
const PARAMETERS = 100;
const VALUE_BYTES = 2_000_000;
const COLUMNS = 100;
const COMPOUND_TERMS = 5;
const FUNCTION_ARGUMENTS = 32;

// biome-ignore lint/suspicious/noExplicitAny: the binding's own classes are nominal
type AnyStatement = any;

export function limitedD1(binding: D1Like, { queries = 50 }: LimitedD1Options = {}): LimitedD1 {
  let statements = 0;
  let allStatements = 0;
  let peakBytes = 0;
  let peakSqlBytes = 0;

  const count = () => {
    statements++;
    allStatements++;
    if (statements > queries) throw new Error("Too many API requests by single worker invocation.");
  };
  const weigh = (bytes: number) => {
    peakBytes = Math.max(peakBytes, bytes);
    if (bytes > VALUE_BYTES) throw new Error("D1_ERROR: string or blob too big: SQLITE_TOOBIG");
  };
  const weighRow = (row: readonly unknown[]) => {
    if (row.length > COLUMNS) throw new Error("D1_ERROR: too many columns in result set: SQLITE_ERROR");
    const sizes = row.map(sizeOf);
    for (const size of sizes) weigh(size);
    weigh(sizes.reduce((sum, size) => sum + size, 0));
  };

  class LimitedStatement {
    readonly inner: AnyStatement;
    constructor(inner: AnyStatement) {
      this.inner = inner;
    }
    bind(...values: unknown[]): LimitedStatement {
      if (values.length > PARAMETERS) throw new Error("D1_ERROR: too many SQL variables: SQLITE_ERROR");
      for (const value of values) weigh(sizeOf(value));
      return new LimitedStatement(this.inner.bind(...values));
    }
    async raw(): Promise<unknown[]> {
      count();
      const rows = (await this.inner.raw()) as unknown[][];
      for (const row of rows) weighRow(row);
      return rows;
    }
    async all(): Promise<unknown> {
      count();
      return weighResult(await this.inner.all());
    }
    async run(): Promise<unknown> {
      return this.all();
    }
  }

  const weighResult = <T extends { results?: unknown[] }>(result: T): T => {
    for (const row of result.results ?? []) weighRow(Object.values(row as object));
    return result;
  };

  return {
    prepare(sql) {
      const bytes = new TextEncoder().encode(sql).byteLength;
      peakSqlBytes = Math.max(peakSqlBytes, bytes);
      if (bytes > SQL_BYTES) throw new Error("D1_ERROR: statement too long: SQLITE_TOOBIG");
      checkSql(sql);
      return new LimitedStatement(binding.prepare(sql));
    },
    async batch(batched: LimitedStatement[]) {
      for (const _ of batched) count();
      const results = await binding.batch(batched.map(({ inner }) => inner));
      for (const result of results) weighResult(result);
      return results;
    },
    newInvocation() {
      statements = 0;
    },
    get statements() {
      return statements;
    },
    get allStatements() {
      return allStatements;
    },
    get peakBytes() {
      return peakBytes;
    },
    get peakSqlBytes() {
      return peakSqlBytes;
    },
  };
}

function sizeOf(value: unknown): number {
  if (value === null || value === undefined) return 0;
  if (typeof value === "string") {
    return value.length * 3 <= VALUE_BYTES / 4 ? value.length : new TextEncoder().encode(value).byteLength;
  }
  if (typeof value === "object") {
    return (value as ArrayBuffer).byteLength ?? (value as ArrayLike<number>).length ?? 0;
  }
  return 8;
}

/** Functions whose arguments d1-ferry counts by its input; others have a few. */
const FUNCTIONS = /^(concat|concat_ws|json_array|json_object|max|min|coalesce|printf|format|char)$/i;

/** Throws for a compound SELECT of too many terms and for a function call of too many arguments. */
function checkSql(sql: string): void {
  const calls: { name: string; arguments: number; terms: number }[] = [{ name: "", arguments: 1, terms: 1 }];
  let word = "";
  for (const [token] of sql.matchAll(/'(?:[^']|'')*'|"(?:[^"]|"")*"|[A-Za-z_][A-Za-z0-9_]*|[^\s]/g)) {
    const call = calls.at(-1) as (typeof calls)[number];
    if (token === "(") calls.push({ name: word, arguments: 1, terms: 1 });
    else if (token === ")") calls.pop();
    else if (token === ",") call.arguments++;
    else if (/^(union|intersect|except)$/i.test(token)) call.terms++;
    if (FUNCTIONS.test(call.name) && call.arguments > FUNCTION_ARGUMENTS) {
      throw new Error(`D1_ERROR: too many arguments on function ${call.name}: SQLITE_ERROR`);
    }
    if (call.terms > COMPOUND_TERMS)
      throw new Error("D1_ERROR: too many terms in compound SELECT: SQLITE_ERROR");
    word = /^[A-Za-z_]/.test(token) ? token : "";
  }
}
