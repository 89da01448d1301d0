import { gunzipSync, gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { platformGzip } from "../../src/archive/gzip.ts";
import { indexOffset } from "../../src/archive/index-pages.ts";
import { END_BYTES, endMember, packedMember, readEndMember } from "../../src/archive/member.ts";
import { archiveToJson, openArchive } from "../../src/archive/reader.ts";
import { bytesSource } from "../../src/archive/source.ts";
import type { Tail } from "../../src/archive/tail.ts";
import { parseTail, tailText } from "../../src/archive/text.ts";
import type { FrameEntry } from "../../src/archive/types.ts";
import type { Bytes } from "../../src/bytes.ts";
import { FerryError } from "../../src/errors.ts";
import { sampled, somePoints } from "../support/cases.ts";
import {
  comparable,
  expectedTables,
  join,
  readTables,
  SAMPLE,
  streamText,
  writeArchive,
} from "./support/archives.ts";
import { endingOf, entriesOf, packedText } from "./support/ending.ts";
import { drain, expectRefusal } from "./support/refusal.ts";
import { utf8 } from "./support/sources.ts";

const whole = await writeArchive(SAMPLE, { framesPerPage: 2 });
const wanted = comparable(expectedTables(SAMPLE));
const entries = await entriesOf(bytesSource(whole));
const end = readEndMember(whole.slice(-END_BYTES))!;
const tail = parseTail(gunzipSync(whole.slice(end.tailOffset, -END_BYTES)).toString());
/** Where the index begins. */
const offset = indexOffset(tail, end.tailOffset);

const DAMAGE = ["ARCHIVE_TRUNCATED", "ARCHIVE_CORRUPT"];

/** What reading a file comes to: "same" rows, an error's code, or "DIFFERENT". Anything but a FerryError is thrown on. */
async function outcome(bytes: Bytes): Promise<string> {
  try {
    const tables = await readTables(bytesSource(bytes));
    return JSON.stringify(comparable(tables)) === JSON.stringify(wanted) ? "same" : "DIFFERENT";
  } catch (error) {
    if (error instanceof FerryError) return error.code;
    throw error;
  }
}

/** The archive with another index, its checksums right. */
async function withIndex(change: (frames: FrameEntry[]) => void): Promise<Bytes> {
  const frames = structuredClone(entries) as FrameEntry[];
  change(frames);
  const { headerBytes } = end;
  return join([whole.slice(0, offset), await endingOf(frames, { headerBytes, offset })]);
}

async function withTail(text: string): Promise<Bytes> {
  return join([whole.slice(0, end.tailOffset), await packedText(text), endMember(end)]);
}

describe("a damaged archive", () => {
  it("that is cut at any byte is refused", async () => {
    for (let length = 0; length < whole.length; length++) {
      expect(DAMAGE, `cut to ${length} of ${whole.length} bytes`).toContain(
        await outcome(whole.slice(0, length)),
      );
    }
  });

  it.each([1, 12, 60_000])("that %d bytes follow is refused for them, with where it ends", async (more) => {
    const file = join([whole, new Uint8Array(more).fill(0x1f)]);
    const error = await expectRefusal(() => openArchive(bytesSource(file)), "ARCHIVE_CORRUPT");
    expect(error.message).toContain(`follow ${more} bytes more`);
    expect(error.hint).toContain(`head -c ${whole.length} FILE`);
  });

  it("that more follow than are looked through is refused all the same", async () => {
    const file = join([whole, new Uint8Array(100_000)]);
    await expectRefusal(() => openArchive(bytesSource(file)), "ARCHIVE_TRUNCATED");
  });

  it("with any byte changed is refused, or its content is untouched", async () => {
    let unseen = 0;
    for (const at of somePoints(0, whole.length)) {
      for (const mask of [0x01, 0x80, 0xff]) {
        const bytes = whole.slice();
        bytes[at]! ^= mask;
        const result = await outcome(bytes);
        if (result === "same") unseen++;
        else expect(DAMAGE, `byte ${at} of ${whole.length}, mask ${mask}`).toContain(result);
      }
    }
    // A few bits of deflate stand for nothing: what pads the last byte of a member.
    expect(unseen).toBeLessThan(whole.length / 20);
  });

  it("never gives other rows, whatever is inserted, deleted, repeated or moved", async () => {
    const position = fc.nat(whole.length);
    const edit = fc.oneof(
      fc
        .record({ at: position, bytes: fc.uint8Array({ minLength: 1, maxLength: 40 }) })
        .map(({ at, bytes }) => ({
          what: "insert",
          file: join([whole.slice(0, at), bytes, whole.slice(at)]),
        })),
      fc.tuple(position, position).map(([a, b]) => ({
        what: "delete",
        file: join([whole.slice(0, Math.min(a, b)), whole.slice(Math.max(a, b))]),
      })),
      fc.tuple(position, position).map(([a, b]) => ({
        what: "repeat",
        file: join([whole.slice(0, Math.max(a, b)), whole.slice(Math.min(a, b))]),
      })),
      fc
        .array(fc.record({ at: position, byte: fc.nat(255) }), { minLength: 1, maxLength: 5 })
        .map((changes) => {
          const file = whole.slice();
          for (const { at, byte } of changes) if (at < file.length) file[at] = byte;
          return { what: "overwrite", file };
        }),
      fc.tuple(fc.nat(entries.length - 1), fc.nat(entries.length - 1)).map(([a, b]) => ({
        what: "exchange",
        file: exchange(entries[Math.min(a, b)]!, entries[Math.max(a, b)]!),
      })),
    );
    await fc.assert(
      fc.asyncProperty(edit, async ({ file }) => {
        expect(["same", ...DAMAGE, "DOCUMENT_INVALID"]).toContain(await outcome(file));
      }),
      sampled(400),
    );
  });

  it("fails in the middle of its plain text too, never ends early", async () => {
    const { offset } = entries[4]!;
    const bytes = whole.slice();
    bytes[offset + 20]! ^= 0xff;
    await expectRefusal(() => streamText(archiveToJson(bytesSource(bytes))), "ARCHIVE_CORRUPT");
  });

  it("says which table the damage is in", async () => {
    const bytes = whole.slice();
    const last = entries.at(-2)!;
    bytes[last.offset + 15]! ^= 0xff;
    const archive = await openArchive(bytesSource(bytes));
    const error = await expectRefusal(() => drain(archive.readFrames()), "ARCHIVE_CORRUPT");
    expect(error.message).toContain(last.table);
  });
});

/** The archive with the bytes of two frames exchanged. */
function exchange(a: FrameEntry, b: FrameEntry): Bytes {
  if (a === b) return whole;
  const cut = (from: number, to: number) => whole.slice(from, to);
  return join([
    cut(0, a.offset),
    cut(b.offset, b.offset + b.bytes),
    cut(a.offset + a.bytes, b.offset),
    cut(a.offset, a.offset + a.bytes),
    cut(b.offset + b.bytes, whole.length),
  ]);
}

describe("an index that was changed, with checksums to match,", () => {
  it("is the right one in these tests when it is not changed", async () => {
    expect(await outcome(await withIndex(() => {}))).toBe("same");
  });

  const changes: [string, (frames: FrameEntry[]) => void][] = [
    ["lacks a frame", (frames) => frames.splice(1, 1)],
    ["lacks the last frame", (frames) => frames.pop()],
    ["lacks all frames", (frames) => frames.splice(0)],
    ["has a frame twice", (frames) => frames.splice(1, 0, frames[0]!)],
    ["has two frames exchanged", (frames) => frames.splice(0, 2, frames[1]!, frames[0]!)],
    ["moves a frame", (frames) => frames[1]!.offset++],
    ["makes a frame longer", (frames) => frames[1]!.bytes++],
    ["makes a frame absurdly long", (frames) => (frames[1]!.bytes = 2 ** 50)],
    ["gives a frame another table", (frames) => (frames[0]!.table = "other")],
    [
      "gives a table another name throughout",
      (frames) => {
        for (const frame of frames) if (frame.table === "posts") frame.table = "other";
      },
    ],
    ["counts a row more", (frames) => frames[0]!.rows++],
    ["counts a row less", (frames) => frames[0]!.rows--],
    ["has another hash", (frames) => (frames[0]!.sha256 = "0".repeat(64))],
    ["has a hash that is none", (frames) => (frames[0]!.sha256 = "x")],
    ["leaves a gap between ranges", (frames) => (frames[1]!.after = [99])],
    ["does not begin at the beginning", (frames) => (frames[0]!.after = [0])],
    ["does not reach the end", (frames) => (frames[2]!.through = [9])],
    ["has a key that is no key", (frames) => ((frames[1] as { after: unknown }).after = [{ a: 1 }])],
    ["has a negative length", (frames) => (frames[1]!.bytes = -1)],
  ];
  it.each(changes)("%s: is refused", async (_, change) => {
    expect(await outcome(await withIndex(change))).toBe("ARCHIVE_CORRUPT");
  });

  it.each([
    "",
    "{}",
    '],\n"tables":[],"pages":[]}',
    '],\n"tables":[],"pages":[1,]}\n',
    '],\n"tables":[],"pages":[]}\n',
    '},\n"frames":[],\n"tables":[],"pages":[]}\n',
  ])("has the tail %j: is refused", async (text) =>
    expect(await outcome(await withTail(text))).toBe("ARCHIVE_CORRUPT"),
  );

  const tails: [string, (tail: Tail) => void][] = [
    ["lacks a page", ({ pages }) => pages.pop()],
    ["has a page twice", ({ pages }) => pages.push(pages[0]!)],
    ["has a page that is longer", ({ pages }) => pages[0]![0]++],
    ["has a page of more frames", ({ pages }) => pages[0]![1]++],
    ["moves a frame to the next page", ({ pages }) => [pages[0]![1]--, pages[1]![1]++]],
    ["has a page without frames", ({ pages }) => pages.push([0, 0])],
    ["lacks a table", ({ tables }) => tables.pop()],
    ["has two tables exchanged", ({ tables }) => tables.reverse()],
    ["gives a table another name", ({ tables }) => (tables[0]!.table = "other")],
    ["counts a table's frames otherwise", ({ tables }) => [tables[0]!.frames--, tables[2]!.frames++]],
    ["counts a table's rows otherwise", ({ tables }) => tables[0]!.rows++],
    ["has a checksum that is none", ({ tables }) => (tables[0]!.crc32 = "x")],
    ["is of no known moment", (one) => (one.moment = { is: "some", from: 1, to: 2 } as never)],
  ];
  it.each(tails)("has a tail that %s: is refused", async (_, change) => {
    const changed = structuredClone(tail);
    expect(await outcome(await withTail(tailText(changed)))).toBe("same");
    change(changed);
    expect(await outcome(await withTail(tailText(changed)))).toBe("ARCHIVE_CORRUPT");
  });
});

describe("an end that was changed", () => {
  it("is refused when it points anywhere else", async () => {
    const places = [0, 1, end.headerBytes, end.tailOffset - 1, end.tailOffset + 1, whole.length, 2 ** 52];
    for (const tailOffset of places) {
      for (const headerBytes of [end.headerBytes, 0, 1, end.tailOffset + 1, 2 ** 52]) {
        const file = join([whole.slice(0, -END_BYTES), endMember({ tailOffset, headerBytes })]);
        expect(await outcome(file), `${tailOffset} ${headerBytes}`).toBe("ARCHIVE_CORRUPT");
      }
    }
  });

  it("stays recognised as an archive's when only the end is lost", async () => {
    await expectRefusal(() => openArchive(bytesSource(whole.slice(0, -END_BYTES))), "ARCHIVE_TRUNCATED");
  });
});

describe("a file that is no archive", () => {
  it.each([
    ["plain JSON", utf8('{"data":{}}')],
    ["text", utf8("hello")],
    ["a gzip file by another tool", new Uint8Array(gzipSync('{"data":{}}'))],
  ])("is not opened as one: %s", async (_, bytes) => {
    await expectRefusal(() => openArchive(bytesSource(bytes)), "DOCUMENT_INVALID");
  });

  it("that was an archive, unpacked or packed again, is read as a document", async () => {
    const plain = new Uint8Array(gunzipSync(whole));
    expect(await outcome(plain)).toBe("same");
    expect(await outcome(new Uint8Array(gzipSync(plain)))).toBe("same");
  });
});

describe("an archive of another format", () => {
  it("is refused by its name", async () => {
    const text = new TextDecoder()
      .decode(gunzipSync(whole.slice(0, end.headerBytes)))
      .replace("d1-ferry/1", "d1-ferry/9");
    const header = packedMember(await platformGzip().compress(utf8(text)), "header");
    const place = { headerBytes: header.length, offset: header.length };
    const file = join([header, await endingOf([], place)]);
    const error = await expectRefusal(() => openArchive(bytesSource(file)), "UNSUPPORTED");
    expect(error.message).toContain("d1-ferry/9");
  });
});
