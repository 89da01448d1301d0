import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { base64ToBytes, bytesToBase64 } from "../../src/archive/base64.ts";
import { type DocumentChunk, readDocument, readDocumentOutline } from "../../src/archive/document.ts";
import { gunzip } from "../../src/archive/gunzip.ts";
import { platformGzip, webGzip } from "../../src/archive/gzip.ts";
import { archiveToJson, openArchive } from "../../src/archive/reader.ts";
import { bytesSource, readPieces } from "../../src/archive/source.ts";
import type { ByteSource } from "../../src/archive/types.ts";
import type { Bytes } from "../../src/bytes.ts";
import {
  expectedTables,
  framesOf,
  HEADER,
  join,
  readTables,
  SAMPLE,
  streamText,
  writeArchive,
} from "./support/archives.ts";
import { entriesOf } from "./support/ending.ts";
import { expectRefusal } from "./support/refusal.ts";
import { utf8 } from "./support/sources.ts";

/** An object in R2, as far as this test reads it. */
async function stored(bytes: Bytes): Promise<ByteSource> {
  await env.DATA_SYNC.put("archive", bytes);
  const body = async (offset: number, length?: number) => {
    const object = await env.DATA_SYNC.get("archive", {
      range: length === undefined ? { offset } : { offset, length },
    });
    return object!.body as unknown as ReadableStream<Uint8Array>;
  };
  return {
    size: bytes.length,
    read: async (offset, length) =>
      length === 0
        ? new Uint8Array()
        : new Uint8Array(await new Response(await body(offset, length)).arrayBuffer()),
    stream: (offset) => body(offset),
  };
}

const MOST = 64 * 1024 * 1024;

describe("inside workerd", () => {
  it("an archive comes back from R2, by its index, as text and as a document", async () => {
    const bytes = await writeArchive(SAMPLE, { interrupted: true });
    const source = await stored(bytes);
    const expected = expectedTables(SAMPLE);
    expect(await readTables(source)).toEqual(expected);
    const text = await streamText(archiveToJson(source));
    expect(JSON.parse(text)).toMatchObject({
      format: "d1-ferry/1",
      ...HEADER,
      data: Object.fromEntries(expected),
    });
    expect(await readTables(await stored(utf8(text)))).toEqual(expected);
    expect((await readDocumentOutline(await stored(utf8(text)))).frames).toEqual(
      await entriesOf(bytesSource(bytes)),
    );
  });

  it("an archive written with one compressor is read with the other", async () => {
    const gzips = [platformGzip(), webGzip()];
    for (const gzip of gzips) {
      const bytes = await writeArchive(SAMPLE, { gzip });
      for (const other of gzips) {
        const archive = await openArchive(bytesSource(bytes), { gzip: other });
        const texts: string[] = [];
        for await (const { text } of archive.readFrames()) texts.push(text);
        expect(texts).toEqual([...framesOf(SAMPLE)].map(({ text }) => text));
      }
    }
  });

  it.each([
    ["zlib", platformGzip],
    ["the web's streams", webGzip],
  ])("a damaged member is refused by %s", async (_, create) => {
    const gzip = create();
    const member = await gzip.compress(utf8("some text, ".repeat(1000)));
    const damaged = member.slice();
    damaged[member.length - 6]! ^= 1;
    const bomb = await gzip.compress(new Uint8Array(4_000_000));
    new DataView(bomb.buffer, bomb.byteOffset).setUint32(bomb.length - 4, 100, true);
    const absurd = member.slice();
    new DataView(absurd.buffer).setUint32(absurd.length - 4, MOST + 1, true);
    for (const bytes of [
      damaged,
      member.slice(0, -4),
      member.slice(0, 30),
      join([member, member]),
      bomb,
      absurd,
    ]) {
      await expectRefusal(() => gzip.decompress(bytes, MOST), "ARCHIVE_CORRUPT");
    }
  });

  it("a gzip file by others is read as a stream, and refused when it is cut or damaged", async () => {
    const gzip = platformGzip();
    const text = `{"data":{"t":[${Array.from({ length: 20_000 }, (_, id) => `{"id":${id}}`).join(",")}]}}`;
    const half = text.length / 2;
    const file = join([
      await gzip.compress(utf8(text.slice(0, half))),
      await gzip.compress(utf8(text.slice(half))),
    ]);
    const chunks: DocumentChunk[] = [];
    for await (const chunk of readDocument(await stored(file), { chunkBytes: 50_000 })) chunks.push(chunk);
    expect(chunks.flatMap(({ rows }) => rows).map(({ id }) => id)).toEqual(
      Array.from({ length: 20_000 }, (_, id) => id),
    );
    const damaged = file.slice();
    damaged[file.length - 5]! ^= 1;
    const unpack = async (bytes: Bytes) => {
      for await (const _ of gunzip(readPieces(bytesSource(bytes), 0)));
    };
    await expectRefusal(() => unpack(damaged), "ARCHIVE_CORRUPT");
    await expectRefusal(() => unpack(file.slice(0, -20)), "ARCHIVE_TRUNCATED");
  });

  it("base64 and large integers are exact", async () => {
    const bytes = new Uint8Array(100_000).map((_, i) => i * 7);
    expect(base64ToBytes(bytesToBase64(bytes))).toEqual(bytes);
    const source = bytesSource(utf8('{"data":{"t":[{"a":9007199254740993,"b":{"c":9007199254740993}}]}}'));
    const [row] = (await readTables(source)).get("t")!;
    expect(row).toEqual({ a: { $int: "9007199254740993" }, b: '{"c":9007199254740993}' });
  });
});
