/** A process of its own that syncs one file into a database, and says what came of it and how much memory it took. */
import { open, readFile, stat } from "node:fs/promises";
import { DatabaseSync } from "node:sqlite";
import type { ByteSource } from "../../src/archive/types.ts";
import { sqliteDatabase } from "../../src/database/node-sqlite.ts";
import { FerryError } from "../../src/errors.ts";
import { advanceRun } from "../../src/sync/advance-run.ts";

const [path = ""] = process.argv.slice(2);
const sqlite = new DatabaseSync(":memory:");
sqlite.exec("CREATE TABLE authors (id INTEGER PRIMARY KEY, name TEXT)");
const result = await advanceRun(
  sqliteDatabase(sqlite),
  await fileSource(path),
  "sync-1700000000000-000000000001",
  { temporary: true },
).then(
  ({ status }) => ({ status, message: "" }),
  (error: unknown) => ({
    status: error instanceof FerryError ? error.code : "CRASH",
    message: error instanceof Error ? error.message : String(error),
  }),
);
const rows = sqlite.prepare("SELECT count(*) AS n FROM authors").get();
console.log(JSON.stringify({ ...result, rows: rows?.n, megabytes: await peakMegabytes() }));

/** Of this process alone: the peak that the kernel gives in resourceUsage is also that of whoever started it. */
async function peakMegabytes(): Promise<number> {
  const status = await readFile("/proc/self/status", "utf8").catch(() => "");
  const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? process.resourceUsage().maxRSS;
  return Math.round(Number(kilobytes) / 1024);
}

async function fileSource(name: string): Promise<ByteSource> {
  const file = await open(name);
  return {
    size: (await stat(name)).size,
    async read(offset, length) {
      const { buffer, bytesRead } = await file.read(new Uint8Array(length), 0, length, offset);
      return buffer.subarray(0, bytesRead);
    },
    stream: async (offset) => {
      let position = offset;
      return new ReadableStream<Uint8Array>(
        {
          async pull(controller) {
            const { buffer, bytesRead } = await file.read(new Uint8Array(262_144), 0, 262_144, position);
            position += bytesRead;
            if (bytesRead === 0) controller.close();
            else controller.enqueue(buffer.subarray(0, bytesRead));
          },
        },
        { highWaterMark: 0 },
      );
    },
  };
}
