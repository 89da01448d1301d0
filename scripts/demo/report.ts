import type { ConflictFindings } from "./conflict.ts";
import { type BucketUse, costLines } from "./cost.ts";
import type { Comparison } from "./databases.ts";
import type { DeltaFindings } from "./delta.ts";
import { type PushResult, rowsWritten, type UsageSum } from "./push.ts";
import type { UndoFindings } from "./undo.ts";

export interface Findings {
  comparisons: Comparison[];
  first: PushResult & { seconds: number };
  second: { code: string; error: string; exitCode: number | null; seconds: number };
  third: PushResult & { seconds: number };
  /** Bytes of the export as plain JSON. */
  rawBytes: number;
  /** Bytes of what the first push is undone from. */
  keptBytes: number;
  delta: DeltaFindings;
  conflict: ConflictFindings;
  undo: UndoFindings;
}

const count = (value: number) => value.toLocaleString("en-US");
const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(2)} MB`;
const percent = (share: number) => `${(share * 100).toFixed(1)} %`;
const seconds = (value: number) => `${value.toFixed(1)} s`;

/** The findings as a person reads them. */
export function reportLines(findings: Findings): string[] {
  const { comparisons, first, second, third, rawBytes, keptBytes, delta, conflict, undo } = findings;
  return [
    ...tableLines(comparisons),
    "",
    ...factLines([
      ["first push", `${seconds(first.seconds)}, version ${first.version}, ${inserted(first)} rows inserted`],
      ["again", `${seconds(second.seconds)}, exit ${second.exitCode}, ${second.code}: ${second.error}`],
      [
        "next version",
        `${seconds(third.seconds)}, version ${third.version}, ${rowsWritten(third)} rows written`,
      ],
      [
        "nothing new, pushed",
        `${seconds(delta.unchangedSeconds)}, ${percent(delta.unchangedBytesShare)} of the first push's bytes`,
      ],
      [
        "a thousandth, pushed",
        `${seconds(delta.seconds)}, ${delta.rowsWritten} rows written, ${percent(delta.bytesShare)} of the bytes, ${percent(delta.secondsShare)} of the time`,
      ],
      [
        "edits on both sides",
        `${seconds(conflict.seconds)}, stopped at ${conflict.found} edited on both; then ${conflict.kept} kept as production edited ${conflict.kept === 1 ? "it" : "them"}, ${conflict.overwritten} overwritten`,
      ],
      [
        "local edits, pushed",
        `${seconds(undo.pushed.seconds)}, version ${undo.pushed.version}, ${rowsWritten(undo.pushed)} rows written`,
      ],
      [
        "undone",
        `${seconds(undo.seconds)}, ${undo.restored} rows as before, ${undo.left} left as production edited it: ${undo.equal ? "equal" : "DIFFERENT"}`,
      ],
      [
        "bytes",
        `${megabytes(rawBytes)} as JSON, ${megabytes(first.bytes)} sent, ${megabytes(keptBytes)} kept to undo it`,
      ],
    ]),
    "",
    ...usageLines(first),
    "",
    "At R2's prices, the first push in production's bucket:",
    ...costLines(bucketUse(findings)).map((line) => `  ${line}`),
  ];
}

/** What the first push did in the target's bucket: the upload stores, and the sync keeps what it is undone from. */
export function bucketUse({
  first: {
    usage: { target },
    bytes,
  },
  keptBytes,
}: Pick<Findings, "first" | "keptBytes">): BucketUse {
  return {
    operations: target.upload.bucketOperations + target.sync.bucketOperations,
    stored: bytes + keptBytes,
  };
}

function inserted({ results }: PushResult): string {
  return count(Object.values(results).reduce((sum, one) => sum + one.inserted, 0));
}

function tableLines(comparisons: readonly Comparison[]): string[] {
  const total = (side: "local" | "production") => count(comparisons.reduce((sum, one) => sum + one[side], 0));
  const all = comparisons.every(({ difference }) => difference === null);
  return [
    line(["rows", "local", "production", "row for row"]),
    ...comparisons.map(({ table, local, production, difference }) =>
      line([table, count(local), count(production), difference === null ? "equal" : "DIFFERENT"]),
    ),
    line(["total", total("local"), total("production"), all ? "equal" : "DIFFERENT"]),
  ];
}

function usageLines({ usage: { source, target } }: PushResult): string[] {
  const row = (
    name: string,
    { invocations, statements, maxStatementsPerInvocation, bucketOperations }: UsageSum,
  ) => line([name, ...[invocations, statements, maxStatementsPerInvocation, bucketOperations].map(count)]);
  return [
    line(["first push", "invocations", "statements", "at most in one", "bucket ops"]),
    row("export (local)", source.export),
    row("upload (production)", target.upload),
    row("sync (production)", target.sync),
  ];
}

/** A name, then figures below one another. */
function line(cells: readonly string[]): string {
  const [name = "", ...figures] = cells;
  return name.padEnd(22) + figures.map((cell) => cell.padStart(16)).join("");
}

function factLines(facts: readonly (readonly [string, string])[]): string[] {
  return facts.map(([name, text]) => name.padEnd(22) + text);
}
