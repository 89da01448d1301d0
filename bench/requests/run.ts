/**
 * What a request of a sync pays for the length of the archive before it reads a row: CPU time to open the archive
 * and to read three frames in its middle, for archives of 100 to 10,000 frames (10 GB has about 10,000).
 *
 *   npm run bench:requests
 */

import { randomBytes } from "node:crypto";
import { concatBytes } from "../../src/archive/concat.ts";
import { bytesSource } from "../../src/archive/source.ts";
import type { ByteSource, DocumentHeader, Key } from "../../src/archive/types.ts";
import { createArchiveWriter } from "../../src/archive/writer.ts";
import type { Bytes } from "../../src/bytes.ts";
import { openFrameSource } from "../../src/sync/source/index.ts";

const FRAMES = [100, 1_000, 4_000, 10_000];

const ROUNDS = 60;

/** Rounds that are not counted: the first ones compile. */
const WARMING = 20;

const HEADER: DocumentHeader = {
  version: 1,
  exportedAt: 0,
  source: { engine: "d1" },
  schema: [
    {
      type: "table",
      name: "posts",
      sql: "CREATE TABLE posts (id TEXT PRIMARY KEY, body TEXT)",
      columns: ["id", "body"].map((name, i) => ({
        name,
        type: "TEXT",
        notNull: false,
        default: null,
        primaryKey: i === 0 ? 1 : 0,
        generated: null,
      })),
      key: { kind: "primary", columns: ["id"] },
      strict: false,
      withoutRowid: false,
      autoincrement: false,
    },
  ],
};

/** Text of a row that hardly compresses, so that no read takes in many frames. */
const BODY = randomBytes(6_000).toString("hex");

/** What a request may read at once, bytes: a frame or two. */
const READ_BYTES = 12_000;

/** An archive of so many frames with a row each: what grows is the index. */
async function archiveOf(frames: number): Promise<ByteSource> {
  const pieces: Bytes[] = [];
  const writer = createArchiveWriter(async (bytes) => void pieces.push(bytes));
  await writer.header(HEADER);
  let after: Key = null;
  for (let i = 0; i < frames; i++) {
    const key = `key-of-some-length-${String(i).padStart(8, "0")}`;
    const through: Key = i === frames - 1 ? null : [key];
    await writer.frame({ table: "posts", rows: 1, after, through, text: `{"id":"${key}","body":"${BODY}"}` });
    after = through;
  }
  await writer.end();
  return bytesSource(concatBytes(pieces));
}

async function request(source: ByteSource, frames: number): Promise<void> {
  const opened = await openFrameSource(source, { bytes: READ_BYTES });
  let left = 3;
  for await (const _ of opened.frames(() => true, Math.floor(frames / 2))) if (--left === 0) return;
}

/** CPU milliseconds of one request, the median of many. */
async function measure(frames: number): Promise<{ ms: number; bytes: number }> {
  const source = await archiveOf(frames);
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const before = process.cpuUsage();
    await request(source, frames);
    const { user, system } = process.cpuUsage(before);
    if (round >= WARMING) times.push((user + system) / 1000);
  }
  times.sort((a, b) => a - b);
  return { ms: times[Math.floor(times.length / 2)] as number, bytes: source.size };
}

console.log("frames     archive    CPU a request    beside 100 frames");
let first: number | null = null;
for (const frames of FRAMES) {
  const { ms, bytes } = await measure(frames);
  first ??= ms;
  const columns = [
    frames.toLocaleString("en").padStart(6),
    `${(bytes / 1e6).toFixed(1)} MB`.padStart(11),
    `${ms.toFixed(2)} ms`.padStart(15),
    (ms / first).toFixed(2).padStart(20),
  ];
  console.log(columns.join(" "));
}
