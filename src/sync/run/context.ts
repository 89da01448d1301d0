import { type Budget, countedDatabase, createBudget } from "../../budget.ts";
import type { Database } from "../../database/port.ts";
import { endWell, settleAllowance, watchCalls } from "./allowance.ts";
import { LEASE_MS } from "./lease.ts";
import { type Lease, releaseRun, renewLease } from "./lock.ts";
import type { SyncOptions } from "./options.ts";
import type { RunRecord } from "./record.ts";

/** One invocation's hold on one run: the database, with each statement counted, the clock and the lock. */
export interface RunContext {
  readonly key: string;
  /** Whose the run is while this invocation has the lock. */
  readonly driver: string;
  readonly options: SyncOptions;
  readonly database: Database;
  readonly budget: Budget;
  now(): number;
  /** A lease from now on. */
  lease(): Lease;
  /** False once the lock, as far as it was prolonged, is over: another driver may have the run. */
  holdsLock(): boolean;
  /** Prolongs the lock when a good part of it is over. */
  beat(): Promise<void>;
  /** Has the lock of the run: from now on its record says what the calls may do. */
  begin(run: RunRecord): void;
  /** Keeps the record and gives the lock back; false when another driver has the run. */
  release(run: RunRecord): Promise<boolean>;
}

export function createContext(database: Database, key: string, options: SyncOptions): RunContext {
  const budget = options.budget ?? createBudget();
  const driver = options.driver ?? crypto.randomUUID();
  const counted = countedDatabase(database, budget);
  const watched = watchCalls(counted, budget);
  const now = options.now ?? Date.now;
  let leased = now();
  const lease = (): Lease => {
    leased = now();
    return { driver, now: leased, leaseMs: LEASE_MS };
  };
  return {
    key,
    driver,
    options,
    database: watched.database,
    budget,
    now,
    lease,
    holdsLock: () => now() - leased < LEASE_MS,
    async beat() {
      if (now() - leased > LEASE_MS / 2) await renewLease(counted, key, lease());
    },
    begin(run) {
      settleAllowance(run, budget);
      watched.watch(run, driver);
    },
    async release(run) {
      endWell(run, budget);
      return releaseRun(counted, run, lease());
    },
  };
}
