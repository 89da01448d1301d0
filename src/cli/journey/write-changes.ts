import { once } from "node:events";
import { finished } from "node:stream/promises";
import type { TableSchema } from "../../archive/types.ts";
import { writeDelta } from "../../sync/export/index.ts";
import type { ChangedRows } from "./changed-rows.ts";
import { openArchiveFile } from "./write-archive.ts";

export interface WriteChangesOptions {
  path: string;
  /** What the rows are from, for people. */
  source: { engine: string; name: string };
  version: number;
  /** Bytes of a frame. @default as of an archive */
  frameBytes?: number | undefined;
  /** Milliseconds since 1970. */
  now: number;
}

/** Writes what differs as an archive of kind "delta". */
export async function writeChanges(
  { pairs, rows }: ChangedRows,
  { path, source, version, frameBytes, now }: WriteChangesOptions,
): Promise<void> {
  const output = await openArchiveFile(path, 0o600);
  try {
    await writeDelta(
      async (bytes) => {
        if (!output.write(bytes)) await once(output, "drain");
      },
      {
        header: {
          version,
          exportedAt: now,
          source,
          schema: pairs.map(({ left }): TableSchema => left.schema),
        },
        ordered: false,
        frameBytes,
        tables: [...rows].map(([table, keys]) => ({ table, keys })),
      },
    );
  } finally {
    output.end();
    await finished(output);
  }
}
