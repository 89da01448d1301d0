import { watchedDatabase } from "../../src/budget.ts";
import type { Database } from "../../src/database/port.ts";

export interface WriterOptions {
  /** Whether the app writes before this call, which are numbered from 0. */
  writes(call: number): boolean;
  /** What it writes in one transaction; its transactions are numbered from 0. */
  change(step: number): readonly string[];
}

/** A database into which the app writes between the calls of whoever uses it. `steps`: how often it did. */
export function busyDatabase(
  database: Database,
  { writes, change }: WriterOptions,
): { database: Database; steps(): number } {
  let [calls, steps] = [0, 0];
  const meanwhile = async () => {
    if (!writes(calls++)) return;
    await database.batch(change(steps++).map((sql) => ({ sql })));
  };
  return { database: watchedDatabase(database, meanwhile), steps: () => steps };
}
