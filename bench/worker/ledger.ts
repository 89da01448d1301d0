import type { D1Like } from "../../src/database/d1.ts";

/** What the statements of one kind cost. */
export interface LedgerEntry {
  /** The statement's text, shortened. */
  kind: string;
  statements: number;
  /** In the database by its own clock; of a query that is not timed exactly, from the call to its answer. */
  ms: number;
  /** From the call to its answer less `ms`: what went to and fro, and the commit. Of a batch, with its longest statement. */
  wireMs: number;
  rowsWritten: number;
}

export interface LedgerReport {
  entries: LedgerEntry[];
  /** Calls to the binding: a batch is one. */
  calls: number;
}

/** Writes down what passes between the Worker and its D1. */
export interface Ledger {
  /** With `exact` a query goes as a batch of one, for then D1 tells the statement's own time; it is a little slower. */
  wrap(binding: D1Like, options?: { exact?: boolean }): D1Like;
  enter(sql: string, cost: { ms: number; rowsWritten: number }): LedgerEntry;
  read(): LedgerReport;
}

type Prepared = ReturnType<D1Like["prepare"]>;

interface Known {
  sql: string;
  prepared: Prepared;
}

interface Meta {
  duration?: number;
  rows_written?: number;
}

export function createLedger(): Ledger {
  const entries = new Map<string, LedgerEntry>();
  const known = new WeakMap<Prepared, Known>();
  let calls = 0;

  const enter: Ledger["enter"] = (sql, { ms, rowsWritten }) => {
    const kind = statementKind(sql);
    const entry = entries.get(kind) ?? { kind, statements: 0, ms: 0, wireMs: 0, rowsWritten: 0 };
    entries.set(kind, entry);
    entry.statements++;
    entry.ms += ms;
    entry.rowsWritten += rowsWritten;
    return entry;
  };

  async function timed<T>(call: () => Promise<T>): Promise<{ answer: T; ms: number }> {
    calls++;
    const startedAt = Date.now();
    const answer = await call();
    return { answer, ms: Date.now() - startedAt };
  }

  function wrap(binding: D1Like, { exact = false } = {}): D1Like {
    const follow = (sql: string, prepared: Prepared): Prepared => {
      const followed: Prepared = {
        bind: (...values) => follow(sql, prepared.bind(...values)),
        raw: () => (exact ? queryAsBatch(followed) : query(sql, prepared)),
      };
      known.set(followed, { sql, prepared });
      return followed;
    };

    async function query(sql: string, prepared: Prepared): Promise<unknown[]> {
      const { answer, ms } = await timed(() => prepared.raw());
      enter(sql, { ms, rowsWritten: 0 });
      return answer;
    }

    async function queryAsBatch(statement: Prepared): Promise<unknown[]> {
      const [result] = await batch([statement]);
      return (result?.results ?? []).map((row) => Object.values(row as object));
    }

    async function batch(statements: Prepared[]) {
      const inner = statements.map((statement) => known.get(statement) as Known);
      const { answer, ms } = await timed(() => binding.batch(inner.map(({ prepared }) => prepared)));
      const costs = answer.map(({ meta: { duration = 0, rows_written = 0 } }: { meta: Meta }) => ({
        ms: duration,
        rowsWritten: rows_written,
      }));
      const entered = costs.map((cost, i) => enter((inner[i] as Known).sql, cost));
      const longest = costs.reduce((best, cost, i) => (cost.ms >= (costs[best]?.ms ?? 0) ? i : best), 0);
      const carrier = entered[longest];
      if (carrier !== undefined) carrier.wireMs += ms - costs.reduce((sum, cost) => sum + cost.ms, 0);
      return answer;
    }

    return { prepare: (sql) => follow(sql, binding.prepare(sql)), batch };
  }

  return { wrap, enter, read: () => ({ entries: [...entries.values()], calls }) };
}

/** What all of it comes to. Renewals of the lock are left out: the clock decides how many there are. */
export function ledgerTotals({ entries }: LedgerReport): { statements: number; rowsWritten: number } {
  const counted = entries.filter(({ kind }) => !kind.startsWith("UPDATE _ferry_runs SET lease_until"));
  const sum = (of: "statements" | "rowsWritten") => counted.reduce((total, entry) => total + entry[of], 0);
  return { statements: sum("statements"), rowsWritten: sum("rowsWritten") };
}

/** A statement without its values and numbers, cut short: enough to know it again. */
export function statementKind(sql: string): string {
  return sql
    .replaceAll(/\s+/g, " ")
    .replaceAll(/'[^']*'/g, "''")
    .replaceAll(/\?\d+/g, "?")
    .replaceAll(/\d+/g, "N")
    .trim()
    .slice(0, 110);
}
