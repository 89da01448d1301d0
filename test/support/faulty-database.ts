import { databaseError } from "../../src/database/failure.ts";
import type { Database } from "../../src/database/port.ts";

export interface DatabaseFaults {
  /** Called before each call, which are numbered from 1. */
  before?(call: number): void | Promise<void>;
  /** Whether a call fails. */
  fail?(call: number): boolean;
  /** Fails before it is done, or after: the caller never hears of it. @default "before" */
  when?: "before" | "after";
  /** @default "Network connection lost." */
  message?: string;
}

/** A database that fails as it is told. */
export function faultyDatabase(database: Database, faults: DatabaseFaults): Database {
  const { when = "before", message = "Network connection lost." } = faults;
  let calls = 0;
  const attempt = async <T>(work: () => Promise<T>): Promise<T> => {
    const call = ++calls;
    await faults.before?.(call);
    const fails = faults.fail?.(call) === true;
    const failure = () => databaseError(new Error(`D1_ERROR: ${message}`));
    if (fails && when === "before") throw failure();
    const answer = await work();
    if (fails) throw failure();
    return answer;
  };
  return {
    engine: database.engine,
    capabilities: database.capabilities,
    query: (statement) => attempt(() => database.query(statement)),
    batch: (statements) => attempt(() => database.batch(statements)),
  };
}
