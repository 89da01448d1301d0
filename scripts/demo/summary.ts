import { costOf } from "./cost.ts";
import { rowsWritten } from "./push.ts";
import { bucketUse, type Findings } from "./report.ts";

/** What `--json` prints, all of it measured. */
export function summarize(findings: Findings, totalSeconds: number) {
  const { comparisons, first, second, third, rawBytes, delta, conflict, undo } = findings;
  const sums = Object.values(first.usage).flatMap((side) => Object.values(side));
  const equal = comparisons.every(({ difference }) => difference === null);
  return {
    success: true,
    tables: comparisons.length,
    rows: comparisons.reduce((sum, { production }) => sum + production, 0),
    verified: first.verified && equal,
    maxStatementsPerInvocation: Math.max(...sums.map((one) => one.maxStatementsPerInvocation)),
    syncInvocations: first.usage.target.sync.invocations,
    secondRun: second.code,
    nextVersionRowsWritten: rowsWritten(third),
    /** Of the first push. */
    seconds: round(first.seconds),
    totalSeconds: round(totalSeconds),
    rawBytes,
    sentBytes: first.bytes,
    delta: {
      rowsChanged: delta.rowsChanged,
      rowsWritten: delta.rowsWritten,
      bytesShare: delta.bytesShare,
      secondsShare: delta.secondsShare,
      unchangedBytesShare: delta.unchangedBytesShare,
    },
    conflict: { found: conflict.found, overwritten: conflict.overwritten },
    undo: { restored: undo.restored, left: undo.left, equal: undo.equal },
    cost: costOf(bucketUse(findings)).total,
  };
}

export type Summary = ReturnType<typeof summarize>;

const round = (value: number) => Math.round(value * 100) / 100;
