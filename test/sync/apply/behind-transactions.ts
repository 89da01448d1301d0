import { expect } from "vitest";
import type { ByteSource } from "../../../src/archive/types.ts";
import { createBudget } from "../../../src/budget.ts";
import type { Database } from "../../../src/database/port.ts";
import { dropRun } from "../../../src/sync/run/index.ts";
import { drive, newRunKey } from "../../support/engine.ts";
import { faultyDatabase } from "../../support/faulty-database.ts";

/** Calls `look` behind each transaction. */
export function watched(database: Database, look: () => Promise<void>): Database {
  return {
    ...database,
    batch: async (statements) => {
      const answers = await database.batch(statements);
      await look();
      return answers;
    },
  };
}

/** Fails where a row is neither as it was nor as it is to be, and where one is gone that was to stay as it is. */
export function rowsAreOldOrNew(dump: () => Promise<string[]>, before: string[], after: string[]) {
  const known = new Set([...before, ...after]);
  const planned = new Set(after);
  const kept = before.filter((row) => planned.has(row));
  return async () => {
    const rows = await dump();
    expect(rows.filter((row) => !known.has(row))).toEqual([]);
    expect(kept.filter((row) => !rows.includes(row))).toEqual([]);
  };
}

/** How a sync in many transactions goes wrong. */
export interface BrokenSync {
  mode: "merge" | "mirror";
  sliceBytes: number;
  /** Of an invocation. */
  statements: number;
  /** The call of the database that fails, and the invocation at which the run is dropped. */
  broken: number;
  dropped: number;
}

/** Syncs, is broken off, or dropped, and goes on or begins anew, to the end; `look` looks behind every transaction. */
export async function syncBroken(
  target: Database,
  archive: ByteSource,
  { statements, broken, dropped, mode, sliceBytes }: BrokenSync,
  look: () => Promise<void>,
): Promise<void> {
  const options = {
    mode,
    sliceBytes,
    atomic: "never",
    driver: "one",
    budget: () => createBudget({ statements, limit: 1000 }),
  } as const;
  const failing = faultyDatabase(watched(target, look), { fail: (call) => call === broken });
  const key = newRunKey();
  let calls = 0;
  const onCall = async () => {
    calls++;
    if (calls === dropped) throw new Error("dropped");
  };
  const first = await drive(failing, archive, key, { ...options, onCall }).catch((error) => error);
  await look();
  const isDropped = first instanceof Error && first.message === "dropped";
  if (isDropped) await dropRun(target, key);
  const second = first instanceof Error && !isDropped ? key : newRunKey();
  const again = { ...options, version: second === key ? 1 : 2 };
  const report = await drive(watched(target, look), archive, second, again).catch((error) => error);
  if (report instanceof Error) expect(report).toMatchObject({ code: "ALREADY_SYNCED" });
}

/** Begins a statement that has the numbers from 1 on as n (i). */
export const numbers = (count: number) =>
  `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})`;
