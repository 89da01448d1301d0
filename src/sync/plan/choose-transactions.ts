import { D1_CAPABILITIES } from "../../database/limits.ts";
import { count, plural } from "../../numbers.ts";
import type { Atomic, Plan } from "../run/index.ts";

/** What a run would do, as the choice between one transaction and many weighs it. */
export interface TransactionLoad {
  /** Rows that come in. */
  rows: number;
  /** Bytes of staged rows. */
  bytes: number;
  /** Rows inserted, updated and deleted, each index of theirs counted. */
  rowsWritten: number;
}

export interface TransactionLimits {
  /** @default "auto" */
  atomic?: Atomic | undefined;
  /** Bytes of staged rows that one transaction may apply. @default D1's */
  atomicBytes?: number | undefined;
  /** Rows that one transaction may write, indexes counted. @default D1's */
  atomicWrites?: number | undefined;
}

/** Seconds for a byte that is staged, applied and read back; and for an entry in a table or an index. */
const PER_BYTE = 0.06 / 1e6;

const PER_WRITE = 10e-6;

/**
 * Chooses between one transaction for everything and one a few frames. D1 ends a batch at 30 s. What a
 * transaction costs was measured (docs/performance.md): 0.012 s of CPU a MB, and 3 to 14 µs for each
 * entry in a table or an index, on one core of a server. The ceilings are a fifth of the 30 s by
 * that measure, for databases that are slower or busier.
 */
export function chooseTransactions(
  { rows, bytes, rowsWritten }: TransactionLoad,
  {
    atomicBytes = D1_CAPABILITIES.transactionBytes,
    atomicWrites = D1_CAPABILITIES.transactionWrites,
    atomic = "auto",
  }: TransactionLimits,
): Pick<Plan, "transactions" | "reason" | "expectedSeconds"> {
  // A plan that only deletes brings no rows.
  const size = rows === 0 ? null : `${plural(rows, "row")}, ${sizeOf(bytes)}`;
  const sized = (reason: string) => (size === null ? reason : `${size}: ${reason}`);
  const writes = `${count(rowsWritten)} entries in tables and indexes`;
  const expectedSeconds = Math.max(1, Math.ceil(bytes * PER_BYTE + rowsWritten * PER_WRITE));
  if (atomic === "always")
    return { transactions: "one", reason: sized("one transaction was asked for"), expectedSeconds };
  if (atomic === "never")
    return {
      transactions: "many",
      reason: sized("many transactions were asked for"),
      expectedSeconds,
    };
  const all = size === null ? writes : `${size}, ${writes}`;
  const tooMuch = bytes > atomicBytes ? (size ?? sizeOf(bytes)) : rowsWritten > atomicWrites ? all : null;
  if (tooMuch !== null)
    return { transactions: "many", reason: `${tooMuch}: too much for one transaction`, expectedSeconds };
  return {
    transactions: "one",
    reason: `${size === null ? "it fits" : `${size} fit`} one transaction: readers see all of it or nothing`,
    expectedSeconds,
  };
}

function sizeOf(bytes: number): string {
  return bytes < 1e6 ? `${Math.ceil(bytes / 1000)} kB` : `${Math.round(bytes / 1e5) / 10} MB`;
}
