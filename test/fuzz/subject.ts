import { gunzipSync } from "node:zlib";
import { platformGzip } from "../../src/archive/gzip.ts";
import { indexOffset } from "../../src/archive/index-pages.ts";
import {
  END_BYTES,
  type EndMark,
  glueMember,
  packedMember,
  readEndMember,
} from "../../src/archive/member.ts";
import { openArchive } from "../../src/archive/reader.ts";
import { sha256Hex } from "../../src/archive/sha256.ts";
import { bytesSource } from "../../src/archive/source.ts";
import {
  headerText,
  lastSeparator,
  type OpenTable,
  openAfter,
  parseTail,
  separatorBefore,
} from "../../src/archive/text.ts";
import type { FrameEntry } from "../../src/archive/types.ts";
import type { Bytes } from "../../src/bytes.ts";
import { join } from "../archive/support/archives.ts";
import { endingOf } from "../archive/support/ending.ts";
import { utf8 } from "../archive/support/sources.ts";
import { fileSide } from "../property/file-side.ts";

const TABLES = [
  "CREATE TABLE authors (id INTEGER PRIMARY KEY, name TEXT NOT NULL, score REAL, extra)",
  "CREATE TABLE posts (id INTEGER PRIMARY KEY AUTOINCREMENT, author INTEGER REFERENCES authors ON DELETE CASCADE, body TEXT)",
  "CREATE TABLE pairs (a TEXT, b INTEGER, v NUMERIC DEFAULT 3, PRIMARY KEY (a, b)) WITHOUT ROWID",
  "CREATE TABLE keyless (v)",
];

const SOURCE_ROWS = [
  "INSERT INTO authors VALUES (1, 'ada', 1.0, NULL), (2, 'say \"hi\"\n', 0.5, x'00ff'), (3, 'é😀', 9e999, 9007199254740993), (7, CAST(x'61ff' AS TEXT), -1e300, 1.0)",
  "INSERT INTO posts VALUES (1, 1, 'one'), (2, 2, ''), (3, NULL, '{\"$int\":\"1\"}'), (9, 3, 'a' || char(0) || 'b')",
  "INSERT INTO pairs VALUES ('a', 1, 1), ('a', 2, 'x'), ('b', 1, NULL)",
  "INSERT INTO keyless (rowid, v) VALUES (1, 'x'), (4, 'x'), (5, 2.5)",
];

/** A target that has some of the rows, others, and tables of its own that look at them. */
export const TARGET = [
  ...TABLES,
  "CREATE TABLE mine (id INTEGER PRIMARY KEY, author INTEGER REFERENCES authors ON DELETE CASCADE)",
  "CREATE TABLE log (what TEXT)",
  "INSERT INTO authors VALUES (1, 'old', 2, 'x'), (2, 'say \"hi\"\n', 0.5, x'00ff'), (5, 'five', NULL, NULL)",
  "INSERT INTO posts VALUES (1, 5, 'old'), (20, 5, 'twenty')",
  "INSERT INTO pairs VALUES ('a', 1, 9), ('z', 1, 1)",
  "INSERT INTO keyless (rowid, v) VALUES (4, 'x'), (9, 'other')",
  "INSERT INTO mine VALUES (1, 1), (2, 2)",
  "CREATE TRIGGER told AFTER INSERT ON authors BEGIN INSERT INTO log VALUES ('in'); END",
  "CREATE TRIGGER gone AFTER DELETE ON authors BEGIN INSERT INTO log VALUES ('out'); END",
  "CREATE INDEX by_name ON authors (name)",
];

/** An archive in pieces, to be put together otherwise. */
export interface Subject {
  archive: Bytes;
  /** The same as one plain JSON text. */
  json: string;
  end: EndMark;
  header: Record<string, unknown>;
  frames: { entry: FrameEntry; text: string }[];
  /** All gzip members, in the file's order. */
  members: Bytes[];
}

export async function makeSubject(): Promise<Subject> {
  const side = fileSide();
  try {
    await side.fill([...TABLES, ...SOURCE_ROWS]);
    const archive = await side.export({ frameBytes: 60 });
    const opened = await openArchive(bytesSource(archive));
    const frames: Subject["frames"] = [];
    for await (const { entry, text } of opened.readFrames()) frames.push({ entry, text });
    const end = readEndMember(archive.slice(-END_BYTES))!;
    const json = gunzipSync(archive).toString();
    const header = JSON.parse(`${headerText(opened.header).slice(0, -',\n"data":{'.length)}}`) as Record<
      string,
      unknown
    >;
    return { archive, json, end, header, frames, members: membersOf(archive, end, frames) };
  } finally {
    side.close();
  }
}

function membersOf(archive: Bytes, end: EndMark, frames: Subject["frames"]): Bytes[] {
  const cuts = [0, end.headerBytes];
  for (const { entry } of frames) cuts.push(entry.offset, entry.offset + entry.bytes);
  cuts.push(end.tailOffset, archive.length - END_BYTES, archive.length);
  const sorted = [...new Set(cuts)].sort((a, b) => a - b);
  return sorted.slice(1).map((to, i) => archive.slice(sorted[i], to));
}

export interface Assembly {
  /** The header's members, whatever they are. */
  header: unknown;
  frames: readonly { entry: FrameEntry; text: string }[];
  /** Give each frame the count and hash of its text. */
  honest?: boolean;
}

/** Puts an archive together with right checksums, offsets and lengths. */
export async function assemble({ header, frames, honest = false }: Assembly): Promise<Bytes> {
  const pack = async (text: string, kind: "header" | "packed") =>
    packedMember(await platformGzip().compress(utf8(text)), kind);
  const first = await pack(`${(JSON.stringify(header) ?? "null").slice(0, -1)},\n"data":{`, "header");
  const pieces = [first];
  let position = first.length;
  const add = (bytes: Bytes) => {
    pieces.push(bytes);
    position += bytes.length;
  };
  let open: OpenTable | null = null;
  const entries: FrameEntry[] = [];
  for (const { entry, text } of frames) {
    const rows = honest ? countRows(text) : entry.rows;
    const textBytes = honest ? utf8(text).length : entry.textBytes;
    const sha256 = honest ? await sha256Hex(utf8(text)) : entry.sha256;
    add(glueMember(separatorBefore(open, { ...entry, textBytes })));
    const member = await pack(text, "packed");
    entries.push({ ...entry, rows, textBytes, sha256, offset: position, bytes: member.length });
    add(member);
    open = openAfter(open, { ...entry, textBytes });
  }
  add(glueMember(lastSeparator(open)));
  add(await endingOf(entries, { headerBytes: first.length, offset: position }));
  return join(pieces);
}

const countRows = (text: string): number => (text === "" ? 0 : text.split("\n").length);

/** The archive with another index, its own checksums right. */
export async function withIndex({ archive, end }: Subject, entries: readonly unknown[]): Promise<Bytes> {
  const { headerBytes, tailOffset } = end;
  const tail = parseTail(gunzipSync(archive.slice(tailOffset, -END_BYTES)).toString());
  const offset = indexOffset(tail, tailOffset);
  return join([archive.slice(0, offset), await endingOf(entries, { headerBytes, offset })]);
}
