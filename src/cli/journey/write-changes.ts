import { finished } from "node:stream/promises";
import type { OnEdit } from "../../diff/index.ts";
import { writeDelta } from "../../sync/export/index.ts";
import { toldMerge } from "../bases/told-merge.ts";
import type { ChangedRows } from "./changed-rows.ts";
import { openArchiveFile } from "./write-archive.ts";
import { writerTo } from "./writer-to.ts";

export interface WriteChangesOptions {
  path: string;
  /** What the rows are from, for people. */
  source: { engine: string; name: string };
  /** Whose cells were taken where both sides had edited them. */
  onEdit: OnEdit;
  version: number;
  /** Bytes of a frame. @default as of an archive */
  frameBytes?: number | undefined;
  /** Milliseconds since 1970. */
  now: number;
}

/** Writes what differs as an archive of kind "delta". */
export async function writeChanges(
  { schemas, rows, whole, merged }: ChangedRows,
  { path, source, onEdit, version, frameBytes, now }: WriteChangesOptions,
): Promise<void> {
  const told = toldMerge(merged, onEdit);
  const output = await openArchiveFile(path, 0o600);
  const { write, failure } = writerTo(output);
  const writing = writeDelta(write, {
    header: {
      ...{ version, exportedAt: now, source, schema: [...schemas] },
      ...(told === undefined ? {} : { merged: told }),
    },
    ordered: false,
    frameBytes,
    tables: [
      ...[...rows].map(([table, keys]) => ({ table, keys })),
      ...[...whole].map(([table, { frames }]) => ({ table, whole: frames })),
    ],
  });
  await Promise.race([writing, failure]);
  output.end();
  await finished(output);
}
