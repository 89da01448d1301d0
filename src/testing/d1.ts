import type { D1BindingLike, InnerDatabase, InnerResult, InnerStatement } from "./d1-binding.ts";
import { checkSql, utf8Bytes } from "./d1-sql.ts";
import { timed, timeGuard } from "./d1-timing.ts";
import { weighRows, weighValues } from "./d1-values.ts";
import type { Meter } from "./meter.ts";

/**
 * A D1 binding held to the figures that production documents
 * (developers.cloudflare.com/d1/platform/limits), of which a local engine enforces only some. What
 * breaks one is thrown in production's words: before the engine sees it, or where only the answer
 * shows it, behind it.
 */
export function limitD1<Binding extends D1BindingLike>(binding: Binding, meter: Meter): Binding {
  return limitDatabase(binding as unknown as InnerDatabase, meter) as unknown as Binding;
}

function limitDatabase(inner: InnerDatabase, meter: Meter): InnerDatabase {
  const run = (statements: readonly InnerStatement[]) => runBatch(inner, statements, meter);
  return {
    prepare(sql) {
      meter.see("sqlBytes", utf8Bytes(sql));
      return new LimitedStatement({ sql, statement: inner.prepare(sql), values: [], run, meter });
    },
    async batch(statements) {
      meter.countQueries(meter.batchCounts === "one" ? Math.min(1, statements.length) : statements.length);
      for (const statement of statements) if (statement instanceof LimitedStatement) statement.check();
      meter.refuseRows({
        writes: statements.some((one) => one instanceof LimitedStatement && one.writes),
      });
      return run(statements.map((one) => (one instanceof LimitedStatement ? one.inner : one)));
    },
    // Present where the binding has them.
    ...(inner.exec && {
      async exec(sql: string) {
        const lines = sql.split("\n").filter((line) => line.trim() !== "");
        meter.countQueries(lines.length);
        for (const line of lines) checkSql(line);
        meter.refuseRows({ writes: lines.some(writes) });
        return timed(meter, async () => inner.exec?.(sql));
      },
    }),
    ...(inner.dump && {
      async dump() {
        meter.countQueries(1);
        return (inner as Required<InnerDatabase>).dump();
      },
    }),
    ...(inner.withSession && {
      withSession: (constraint?: string) =>
        limitDatabase((inner as Required<InnerDatabase>).withSession(constraint), meter),
    }),
    ...(inner.getBookmark && { getBookmark: () => inner.getBookmark?.() ?? null }),
  };
}

/** In one transaction with the guard that looks at the clock. */
async function runBatch(
  inner: InnerDatabase,
  statements: readonly InnerStatement[],
  meter: Meter,
): Promise<InnerResult[]> {
  const guard = statements.length === 0 ? null : timeGuard(meter);
  const guards = guard === null ? [] : [inner.prepare(guard.sql).bind(...guard.params)];
  const results = await timed(meter, () => inner.batch([...statements, ...guards]));
  const own = results.slice(0, statements.length);
  for (const result of own) examine(result, meter);
  return own;
}

interface StatementParts {
  sql: string;
  statement: InnerStatement;
  values: readonly unknown[];
  run(statements: readonly InnerStatement[]): Promise<InnerResult[]>;
  meter: Meter;
}

class LimitedStatement implements InnerStatement {
  readonly #parts: StatementParts;

  constructor(parts: StatementParts) {
    this.#parts = parts;
  }

  get inner(): InnerStatement {
    return this.#parts.statement;
  }

  get writes(): boolean {
    return writes(this.#parts.sql);
  }

  /** Throws for what the statement and its values alone show. */
  check(): void {
    const { sql, values, meter } = this.#parts;
    checkSql(sql);
    weighValues(values, meter);
  }

  bind(...values: unknown[]): InnerStatement {
    const { statement, ...parts } = this.#parts;
    return new LimitedStatement({ ...parts, statement: statement.bind(...values), values });
  }

  async all(): Promise<InnerResult> {
    const { meter, run, sql, statement } = this.#begin();
    if (writes(sql)) return (await run([statement]))[0] as InnerResult;
    const result = await timed(meter, () => statement.all());
    examine(result, meter);
    return result;
  }

  run(): Promise<InnerResult> {
    return this.all();
  }

  async first(column?: string): Promise<unknown> {
    const { meter, statement } = this.#begin();
    const found = await timed(meter, () =>
      column === undefined ? statement.first() : statement.first(column),
    );
    if (found === null || found === undefined) return found;
    weighRows([column === undefined ? found : [found]], meter);
    meter.countRows({ read: 1 });
    return found;
  }

  async raw(options?: { columnNames?: boolean }): Promise<unknown[]> {
    const { meter, run, statement } = this.#begin();
    // Only the answer to a batch tells how many rows were written.
    if (this.writes && Number.isFinite(meter.limits.rowsWrittenADay))
      return rawRows((await run([statement]))[0] as InnerResult, options);
    const rows = await timed(meter, () => statement.raw(options));
    weighRows(rows, meter);
    meter.countRows({ read: rows.length });
    return rows;
  }

  #begin(): StatementParts {
    this.#parts.meter.countQueries(1);
    this.check();
    this.#parts.meter.refuseRows({ writes: this.writes });
    return this.#parts;
  }
}

/** What `raw` answers, from what a batch does. Columns of one name are one. */
function rawRows({ results = [] }: InnerResult, options: { columnNames?: boolean } = {}): unknown[] {
  const [first] = results;
  const names = options.columnNames && first !== undefined ? [Object.keys(first as object)] : [];
  return [...names, ...results.map((row) => Object.values(row as object))];
}

/** True for a statement that may change the database: it is rolled back when it takes too long. */
function writes(sql: string): boolean {
  return /^\s*(INSERT|UPDATE|DELETE|REPLACE|CREATE|DROP|ALTER|WITH\b[\s\S]*\b(INSERT|UPDATE|DELETE))\b/i.test(
    sql,
  );
}

function examine({ results, meta }: InnerResult, meter: Meter): void {
  weighRows(results ?? [], meter);
  meter.countRows({ read: meta?.rows_read ?? 0, written: meta?.rows_written ?? 0 });
  const bytes = meta?.size_after ?? 0;
  meter.see("databaseBytes", bytes);
  if (bytes > meter.limits.databaseBytes) throw new Error("D1_ERROR: Exceeded maximum DB size.");
}
