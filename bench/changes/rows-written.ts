import { Log, LogLevel, Miniflare } from "miniflare";
import { openArchive } from "../../src/archive/reader.ts";
import { bytesSource } from "../../src/archive/source.ts";
import type { Database, StatementResult } from "../../src/database/port.ts";
import type { ByteSource } from "../../src/index.ts";
import { type KeyedLine, writeDelta } from "../../src/sync/export/write-delta.ts";
import type { Version } from "./checkout.ts";
import { before, type Change, EACH_ROW, SCHEMA } from "./items.ts";
import { memoryImages } from "./measure.ts";

/** Rows that D1 counts as written, indexes with them. */
export interface RowsWritten {
  /** By the whole sync, d1-ferry's own tables with it. */
  sync: number;
  /** By the same changes, as one plain UPDATE or INSERT makes them. */
  plain: number;
}

/** The rows of the archive that the target has otherwise, as a push sends them. */
export async function changedRows(archive: ByteSource, { each }: Change): Promise<ByteSource> {
  const { header, readFrames } = await openArchive(archive);
  const pieces: Uint8Array[] = [];
  const keys = async function* (): AsyncGenerator<KeyedLine> {
    for await (const { text } of readFrames()) {
      for (const line of text.split(",\n")) {
        const { id } = JSON.parse(line);
        if (id % each === 0) yield { key: [id], line };
      }
    }
  };
  await writeDelta(async (bytes) => void pieces.push(bytes.slice()), {
    header,
    tables: [{ table: "items", keys: keys() }],
  });
  return bytesSource(new Uint8Array(await new Blob(pieces as BlobPart[]).arrayBuffer()));
}

/** Syncs an archive into a D1 in workerd, and counts. */
export async function countRowsWritten(
  { advanceRun, d1Database }: Version,
  change: Change,
  archive: ByteSource,
): Promise<RowsWritten> {
  const workerd = new Miniflare({
    log: new Log(LogLevel.ERROR),
    cf: false,
    workers: [
      {
        config: {
          name: "rows-written",
          compatibilityDate: "2026-10-01",
          env: { DB: { type: "d1", id: "rows-written" } },
          manifest: {
            mainModule: "index.mjs",
            modules: { "index.mjs": { type: "esm", contents: "export default {}" } },
          },
        },
      },
    ],
  });
  try {
    const database = d1Database(
      (await workerd.getD1Database("DB")) as unknown as Parameters<typeof d1Database>[0],
    );
    await writeEach(database, SCHEMA);
    const plain = await writePlainly(database, change);
    let sync = 0;
    const counted: Database = {
      ...database,
      async batch(statements) {
        const results = await database.batch(statements);
        for (const result of results) sync += written(result);
        return results;
      },
    };
    const options = { atomic: "always", images: memoryImages() } as const;
    const report = await advanceRun(counted, archive, "sync-1700000000000-0123456789ab", options);
    if (report.status !== "completed") throw new Error(`The sync ended as ${report.status}`);
    return { sync, plain };
  } finally {
    await workerd.dispose();
  }
}

/** Makes the target as it is before the sync. What that writes is what it takes to write the rows that differ. */
async function writePlainly(database: Database, change: Change): Promise<number> {
  const [filled, changed = 0] = (await writeEach(database, [EACH_ROW, ...before(change)])).map(written);
  return change.each === 0 ? (filled as number) : changed;
}

const writeEach = (database: Database, all: readonly string[]) => database.batch(all.map((sql) => ({ sql })));

const written = ({ rowsWritten = 0 }: StatementResult) => rowsWritten;
