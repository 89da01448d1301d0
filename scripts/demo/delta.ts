import { FerryError } from "../../src/errors.ts";
import type { App } from "./apps.ts";
import type { CommandOptions } from "./command.ts";
import { compareDatabases, editD1 } from "./databases.ts";
import { completed, type PushResult, push, rowsWritten } from "./push.ts";
import type { CountedAddress } from "./traffic.ts";

/** What the pushes behind the first one took, beside it. */
export interface DeltaFindings {
  /** Rows edited locally: one of a thousand. */
  rowsChanged: number;
  rowsWritten: number;
  /** Bytes and seconds of that push, as shares of the first push's. */
  bytesShare: number;
  secondsShare: number;
  /** Bytes of a push with nothing to do, as a share of the first push's. */
  unchangedBytesShare: number;
  seconds: number;
  unchangedSeconds: number;
}

export interface DeltaOptions {
  local: App;
  production: App;
  command: CommandOptions;
  traffic: readonly CountedAddress[];
  first: PushResult & { seconds: number; traffic: number };
  tables: readonly string[];
}

/** Edits one row of a thousand of these tables, so that the pushed rows are spread over them. */
const EDITS = {
  authors: "display_name = 'Renamed ' || id",
  content_items: "title = 'Edited ' || id",
  engagement_snapshots: "score = score + 1",
} as const;

/** Pushes again without a change, then a change of a thousandth of the rows. */
export async function pushChanges(options: DeltaOptions): Promise<DeltaFindings> {
  const { local, production, command, first, tables } = options;
  const take = () => options.traffic.reduce((sum, one) => sum + one.take(), 0);
  take();
  const unchanged = completed(await push([], command));
  if (unchanged.unchanged !== true)
    throw new FerryError("INTERNAL", "A push of what is there already had something to do");
  const unchangedBytes = take();

  const rowsChanged = editOneOfAThousand(local.state);
  const pushed = completed(await push([], command));
  const bytes = take();
  const different = compareDatabases(local.state, production.state, tables).find(
    ({ difference }) => difference !== null,
  );
  if (different !== undefined) {
    throw new FerryError("VERIFICATION_FAILED", `${different.table} is not the same on both sides`, {
      details: { ...different },
    });
  }
  return {
    rowsChanged,
    rowsWritten: rowsWritten(pushed),
    bytesShare: share(bytes, first.traffic),
    secondsShare: share(pushed.seconds, first.seconds),
    unchangedBytesShare: share(unchangedBytes, first.traffic),
    seconds: pushed.seconds,
    unchangedSeconds: unchanged.seconds,
  };
}

function editOneOfAThousand(state: string): number {
  const edits = Object.entries(EDITS).map(
    ([table, set]) => `UPDATE ${table} SET ${set} WHERE id % 1000 = 7;`,
  );
  return editD1(state, edits.join("\n"));
}

const share = (part: number, whole: number) => Math.round((part / whole) * 10_000) / 10_000;
