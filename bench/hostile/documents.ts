import { createHash } from "node:crypto";
import { createGzip, gzipSync } from "node:zlib";
import { concatBytes } from "../../src/archive/concat.ts";
import { endMember, glueMember, packedMember } from "../../src/archive/member.ts";
import { pageText, tailText } from "../../src/archive/text.ts";
import type { DocumentHeader, Row } from "../../src/archive/types.ts";
import { createArchiveWriter } from "../../src/archive/writer.ts";
import type { Bytes } from "../../src/bytes.ts";

export interface HostileDocument {
  name: string;
  bytes(): Promise<Bytes> | Bytes;
}

const MB = 1_000_000;

const TABLE = "CREATE TABLE posts (id INTEGER PRIMARY KEY, body TEXT)";

const HEADER: DocumentHeader = {
  version: 1,
  exportedAt: 0,
  source: { engine: "d1" },
  schema: [
    {
      type: "table",
      name: "posts",
      sql: TABLE,
      columns: [
        { name: "id", type: "INTEGER", notNull: false, default: null, primaryKey: 1, generated: null },
        { name: "body", type: "TEXT", notNull: false, default: null, primaryKey: 0, generated: null },
      ],
      key: { kind: "primary", columns: ["id"] },
      strict: false,
      withoutRowid: false,
      autoincrement: false,
    },
  ],
};

async function archive(rows: readonly Row[]): Promise<Bytes> {
  const pieces: Bytes[] = [];
  const writer = createArchiveWriter(async (bytes) => void pieces.push(bytes));
  await writer.header(HEADER);
  for (const [i, row] of rows.entries()) {
    const last = i === rows.length - 1;
    const after = i === 0 ? null : [rows[i - 1]?.id as number];
    const through = last ? null : [row.id as number];
    await writer.frame({ table: "posts", rows: 1, after, through, text: JSON.stringify(row) });
  }
  await writer.end();
  return concatBytes(pieces);
}

/** Makes the table, so that rows are staged and not refused for it. */
export const honestArchive = (): Promise<Bytes> => archive([{ id: 7, body: "x" }]);

const utf8 = (text: string): Bytes => new TextEncoder().encode(text) as Bytes;

/** Parts, each so many times, gzipped as they are made. */
async function gzipped(...parts: [text: string, times: number][]): Promise<Bytes> {
  const gzip = createGzip({ level: 9 });
  const packed: Bytes[] = [];
  gzip.on("data", (chunk: Buffer) => packed.push(new Uint8Array(chunk)));
  const ended = new Promise((resolve) => gzip.on("end", resolve));
  for (const [text, times] of parts) {
    const most = Math.max(1, Math.floor(MB / text.length));
    for (let left = times; left > 0; left -= most) {
      if (!gzip.write(text.repeat(Math.min(most, left)))) {
        await new Promise((resolve) => gzip.once("drain", resolve));
      }
    }
  }
  gzip.end();
  await ended;
  return concatBytes(packed);
}

const packed = (text: string | Uint8Array, kind: "header" | "packed") =>
  packedMember(new Uint8Array(gzipSync(text, { level: 9 })), kind);
const spaces = (size: number, kind: "header" | "packed") => packed(Buffer.alloc(size, 0x20), kind);
const HEADER_MEMBER = packed(
  '{"format":"d1-ferry/1","version":1,"exportedAt":1,"source":{"engine":"d1"},"schema":[],\n"data":{',
  "header",
);
const SUM = { crc32: "00000000", sha256: "0".repeat(64) };

function archiveWithHeader(header: Bytes): Bytes {
  const mark = { headerBytes: header.length, tailOffset: header.length };
  return concatBytes([header, packed(tailText({ tables: [], pages: [] }), "packed"), endMember(mark)]);
}

function archiveWithPage(page: Bytes): Bytes {
  const tables = [{ table: "posts", frames: 1, rows: 1, textBytes: 0, ...SUM }];
  const last = glueMember("]");
  const mark = {
    headerBytes: HEADER_MEMBER.length,
    tailOffset: HEADER_MEMBER.length + last.length + page.length,
  };
  const tail = packed(tailText({ tables, pages: [[page.length, 1]] }), "packed");
  return concatBytes([HEADER_MEMBER, last, page, tail, endMember(mark)]);
}

/** An archive of one frame that is what its index says. */
function archiveOfText(text: string): Bytes {
  const sha256 = createHash("sha256").update(text).digest("hex");
  return archiveWithFrame(packed(text, "packed"), text.length, sha256);
}

function archiveWithFrame(frame: Bytes, textBytes: number, sha256 = SUM.sha256): Bytes {
  const glue = glueMember('"posts":[');
  const offset = HEADER_MEMBER.length + glue.length;
  const entry = {
    table: "posts",
    rows: 1,
    after: null,
    through: null,
    offset,
    bytes: frame.length,
    textBytes,
  };
  const last = glueMember("]");
  const page = packed(pageText([{ ...entry, sha256 }], { first: true }), "packed");
  const tailOffset = offset + frame.length + last.length + page.length;
  const tables = [{ table: "posts", frames: 1, rows: 1, textBytes, ...SUM }];
  const tail = packed(tailText({ tables, pages: [[page.length, 1]] }), "packed");
  const mark = { headerBytes: HEADER_MEMBER.length, tailOffset };
  return concatBytes([HEADER_MEMBER, glue, frame, last, page, tail, endMember(mark)]);
}

const control = (length: number) => "\u0001".repeat(length);
const START = '{"data":{"posts":[{"id":1,"body":"';
const names = (count: number) => Array.from({ length: count }, (_, i) => `"n${i}":1`).join(",");
const tables = (count: number) => Array.from({ length: count }, (_, i) => `"t${i}":[]`).join(",");
const headerOf = (schema: string) =>
  `{"format":"d1-ferry/1","version":1,"exportedAt":1,"source":{"engine":"d1"},"schema":${schema},\n"data":{`;

/** Honest ones at D1's limits first. */
export const DOCUMENTS: readonly HostileDocument[] = [
  { name: "a row of 1 MB", bytes: () => archive([{ id: 1, body: "a".repeat(MB) }]) },
  {
    name: "30 rows of 1.9 MB",
    bytes: () => archive(Array.from({ length: 30 }, (_, i) => ({ id: i, body: "ab".repeat(950_000) }))),
  },
  { name: "a row of 2 MB, 12 MB of JSON", bytes: () => archive([{ id: 1, body: control(1_999_000) }]) },
  {
    name: "four rows of 2 MB, 12 MB of JSON each",
    bytes: () => archive([1, 2, 3, 4].map((id) => ({ id, body: control(1_999_000) }))),
  },
  {
    name: "a plain document with that row",
    bytes: () => utf8(`${START}${"\\u0001".repeat(1_999_000)}"}]}}`),
  },
  { name: "a plain row of a million names", bytes: () => utf8(`{"data":{"posts":[{${names(MB)}}]}}`) },
  {
    name: "the same in a gzip file",
    bytes: () => gzipped(['{"data":{"posts":[{"id":1', 1], [',"n":1', MB], ["}]}}", 1]),
  },
  {
    name: "a plain row of a million values in a cell",
    bytes: () => utf8(`{"data":{"posts":[{"id":1,"body":[${"1,".repeat(MB)}1]}]}}`),
  },
  { name: "a plain row of 15 MB", bytes: () => utf8(`${START}${"a".repeat(15 * MB)}"}]}}`) },
  { name: "a plain row of 50 MB, gzipped", bytes: () => gzipped([START, 1], ["a", 50 * MB], ['"}]}}', 1]) },
  { name: "200,000 tables", bytes: () => utf8(`{"data":{${tables(200_000)}}}`) },
  {
    name: "a version of a million values",
    bytes: () => gzipped(['{"version":[', 1], ["1,", MB], ['1],"data":{"posts":[{"id":1}]}}', 1]),
  },
  {
    name: "300 MB of spaces, gzipped",
    bytes: () => gzipped(['{"data":', 1], [" ", 300 * MB], ['{"posts":[{"id":1}]}}', 1]),
  },
  {
    name: "a cell nested a million deep",
    bytes: () => gzipped(['{"data":{"posts":[{"id":1,"body":', 1], ["[", MB], ["]", MB], ["}]}}", 1]),
  },
  {
    name: "rows of 100 bytes, 100 MB, gzipped",
    bytes: () =>
      gzipped(['{"data":{"posts":[{"id":0}', 1], [`,{"id":1,"body":"${"a".repeat(80)}"}`, MB], ["]}}", 1]),
  },
  { name: "an archive with a header of 100 MB", bytes: () => archiveWithHeader(spaces(100 * MB, "header")) },
  {
    name: "a header of a million values",
    bytes: () => archiveWithHeader(packed(headerOf(`[${"1,".repeat(MB)}1]`), "header")),
  },
  {
    name: "a header of 290,000 objects",
    bytes: () => archiveWithHeader(packed(headerOf(`[${"{},".repeat(290_000)}{}]`), "header")),
  },
  {
    name: "a header with a text of 3.9 MB",
    bytes: () => archiveWithHeader(packed(headerOf(`["${"é".repeat(1_900_000)}"]`), "header")),
  },
  { name: "a page of the index of 500 MB", bytes: () => archiveWithPage(spaces(500 * MB, "packed")) },
  {
    name: "a page of 7.9 MB",
    bytes: () =>
      archiveWithPage(packed(`},\n"frames":[${"[],".repeat(290_000)}["${"a".repeat(7 * MB)}"]`, "packed")),
  },
  { name: "a frame of 500 MB", bytes: () => archiveWithFrame(spaces(500 * MB, "packed"), 500 * MB) },
  {
    name: "a frame of 15.9 MB that is one row",
    bytes: () => archiveOfText(`{"id":1,"body":"${"a".repeat(15.9 * MB)}"}`),
  },
  {
    name: "a frame of 15.8 MB of numbers in a row",
    bytes: () => archiveOfText(`{"id":[${"1,".repeat(7.9 * MB)}1]}`),
  },
  { name: "a frame of 13.8 MB of names in a row", bytes: () => archiveOfText(`{${names(MB)}}`) },
  {
    name: "a frame of 1.9 MB of empty rows",
    bytes: () => archiveOfText(Array(480_000).fill("{}").join(",\n")),
  },
  { name: "a plain row of 290,000 names", bytes: () => utf8(`{"data":{"posts":[{${names(290_000)}}]}}`) },
  {
    name: "a name of 3 MB",
    bytes: () => gzipped(['{"data":{"posts":[{"', 1], ["é", 1.5 * MB], ['":1}]}}', 1]),
  },
  {
    name: "a table's name of 900 kB",
    bytes: () => gzipped(['{"data":{"', 1], ["é", 450_000], ['":[{"id":1}]}}', 1]),
  },
];
