import { gunzipSync, gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { gunzip } from "../../src/archive/gunzip.ts";
import { platformGzip, webGzip } from "../../src/archive/gzip.ts";
import { bytesSource, readPieces } from "../../src/archive/source.ts";
import { join } from "./support/archives.ts";
import { drain, expectRefusal } from "./support/refusal.ts";
import { piecesSource, utf8 } from "./support/sources.ts";

const MOST = 1024 * 1024;
const TEXT = utf8('{"id":1,"name":"ada"},\n'.repeat(5_000));
const packed = (bytes: Uint8Array) => new Uint8Array(gzipSync(bytes));

describe.each([
  ["zlib", platformGzip],
  ["the web's streams", webGzip],
])("gzip by %s", (_, create) => {
  const gzip = create();

  it("writes a member that other tools unpack", async () => {
    expect(gunzipSync(await gzip.compress(TEXT))).toEqual(Buffer.from(TEXT));
  });

  it("unpacks what it and other tools packed, also nothing at all", async () => {
    for (const bytes of [TEXT, new Uint8Array()]) {
      expect(await gzip.decompress(await gzip.compress(bytes), MOST)).toEqual(bytes);
      expect(await gzip.decompress(packed(bytes), MOST)).toEqual(bytes);
    }
  });

  it("refuses a member that is cut at any byte", async () => {
    const member = packed(utf8("some text, some more text"));
    for (let length = 0; length < member.length; length++) {
      await expectRefusal(() => gzip.decompress(member.slice(0, length), MOST), "ARCHIVE_CORRUPT");
    }
  });

  it("refuses a member with bytes behind it", async () => {
    const member = packed(TEXT);
    await expectRefusal(() => gzip.decompress(join([member, utf8("more")]), MOST), "ARCHIVE_CORRUPT");
    await expectRefusal(() => gzip.decompress(join([member, member]), MOST), "ARCHIVE_CORRUPT");
  });

  it("refuses a member that says it unpacks to more than it may, without unpacking it", async () => {
    const member = packed(TEXT);
    new DataView(member.buffer).setUint32(member.length - 4, MOST + 1, true);
    const error = await expectRefusal(() => gzip.decompress(member, MOST), "ARCHIVE_CORRUPT");
    expect(error.message).toContain(String(MOST + 1));
  });

  it("unpacks a member of several megabytes, and refuses it cut, doubled and with another length", async () => {
    const most = 8 * MOST;
    const text = utf8('{"id":1,"name":"ada"},\n'.repeat(200_000));
    const member = packed(text);
    expect(Buffer.from(await gzip.decompress(member, most)).equals(text)).toBe(true);
    const lies = member.slice();
    new DataView(lies.buffer).setUint32(lies.length - 4, text.length - 1, true);
    const cut = join([member.slice(0, -1000), member.slice(-8)]);
    for (const bad of [lies, cut, join([member, member]), join([member, utf8("more"), member.slice(-4)])])
      await expectRefusal(() => gzip.decompress(bad, most), "ARCHIVE_CORRUPT");
  });

  it("stops at what a member says when it unpacks to more", async () => {
    const bomb = packed(new Uint8Array(8 * 1024 * 1024));
    new DataView(bomb.buffer).setUint32(bomb.length - 4, 1000, true);
    await expectRefusal(() => gzip.decompress(bomb, MOST), "ARCHIVE_CORRUPT");
  });
});

describe("unpacking a gzip file as a stream", () => {
  const unpack = async (file: Uint8Array<ArrayBuffer>, lengths: number[]) => {
    const pieces: Uint8Array[] = [];
    for await (const piece of gunzip(readPieces(piecesSource(file, lengths), 0))) pieces.push(piece);
    return join(pieces);
  };

  it("gives the text, whatever the pieces", async () => {
    for (const lengths of [[1, 7, 300], [65_536]]) expect(await unpack(packed(TEXT), lengths)).toEqual(TEXT);
  });

  it("goes on with the next member, as gunzip does", async () => {
    expect(await unpack(join([packed(TEXT), packed(TEXT)]), [1000])).toEqual(join([TEXT, TEXT]));
  });

  it("says that a file that ends early is truncated", async () => {
    const file = packed(TEXT);
    await expectRefusal(() => unpack(file.slice(0, -3), [100]), "ARCHIVE_TRUNCATED");
    await expectRefusal(() => unpack(file.slice(0, 40), [100]), "ARCHIVE_TRUNCATED");
  });

  it("says that a damaged file is corrupt", async () => {
    const file = packed(TEXT);
    file[file.length - 6]! ^= 1;
    await expectRefusal(() => unpack(file, [100]), "ARCHIVE_CORRUPT");
  });

  it("passes on why the source failed", async () => {
    async function* broken() {
      yield packed(TEXT).slice(0, 50);
      throw new Error("the wire broke");
    }
    await expect(drain(gunzip(broken()))).rejects.toThrow("the wire broke");
  });

  it("lets go of the source when its reader stops early", async () => {
    let released = false;
    async function* endless() {
      try {
        for (;;) yield packed(TEXT);
      } finally {
        released = true;
      }
    }
    for await (const _ of gunzip(endless())) break;
    expect(released).toBe(true);
  });
});

describe("bytes in memory as a source", () => {
  it("refuses to read past the end", async () => {
    const source = bytesSource(utf8("0123456789"));
    expect(new TextDecoder().decode(await source.read(3, 4))).toBe("3456");
    for (const [offset, length] of [
      [8, 3],
      [11, 0],
      [-1, 2],
    ] as const) {
      await expectRefusal(() => source.read(offset, length), "ARCHIVE_TRUNCATED");
    }
    await expectRefusal(() => source.stream(11), "ARCHIVE_TRUNCATED");
  });

  it("streams from any offset in pieces, and takes a stream that ends early for a cut file", async () => {
    const bytes = new Uint8Array(600_000).map((_, i) => i % 251);
    const source = bytesSource(bytes);
    expect(new Uint8Array(await new Response(await source.stream(599_000)).arrayBuffer())).toEqual(
      bytes.slice(599_000),
    );
    const short = { ...source, size: 600_001 };
    await expectRefusal(() => drain(readPieces(short, 0)), "ARCHIVE_TRUNCATED");
  });
});
