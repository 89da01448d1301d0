import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { gunzipSync, gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { canonicalRowText } from "../../src/archive/cells.ts";
import {
  type DocumentChunk,
  type ReadDocumentOptions,
  readDocument,
  readDocumentOutline,
} from "../../src/archive/document.ts";
import { archiveToJson } from "../../src/archive/reader.ts";
import { sha256Hex } from "../../src/archive/sha256.ts";
import { bytesSource } from "../../src/archive/source.ts";
import type { ByteSource } from "../../src/archive/types.ts";
import {
  comparable,
  expectedTables,
  HEADER,
  readTables,
  SAMPLE,
  streamText,
  writeArchive,
} from "./support/archives.ts";
import { chunksOf, rowsOf } from "./support/documents.ts";
import { drain, expectRefusal } from "./support/refusal.ts";
import { piecesSource, textSource, utf8 } from "./support/sources.ts";

const cellOf = async (json: string, options?: ReadDocumentOptions) => {
  const [chunk] = await chunksOf(textSource(`{"data":{"t":[{"c":${json}}]}}`), options);
  return chunk!.rows[0]!.c;
};

describe("a plain document", () => {
  it("gives its rows by table, in its order, an empty table among them", async () => {
    const text = '{"version":2,"data":{"b":[{"id":1},{"id":2}],"none":[],"a":[{"id":3}]}}';
    const chunks = await chunksOf(textSource(text));
    expect(chunks.map(({ table, rows, index }) => ({ table, rows, index }))).toEqual([
      { table: "b", rows: [{ id: 1 }, { id: 2 }], index: 0 },
      { table: "none", rows: [], index: 0 },
      { table: "a", rows: [{ id: 3 }], index: 0 },
    ]);
    for (const { byte, bytes, rows } of chunks) {
      const [first, last] = [rows[0], rows.at(-1)].map((row) => JSON.stringify(row));
      const slice = text.slice(byte, byte + bytes);
      if (first !== undefined) expect([slice.startsWith(first), slice.endsWith(last!)]).toEqual([true, true]);
    }
  });

  it("is cut into chunks of the size asked for, at rows", async () => {
    const rows = Array.from({ length: 1000 }, (_, id) => ({ id, text: "x".repeat(id % 50) }));
    const chunks = await chunksOf(textSource(JSON.stringify({ data: { t: rows } })), { chunkBytes: 500 });
    expect(chunks.flatMap((chunk) => chunk.rows)).toEqual(rows);
    expect(Math.max(...chunks.map(({ bytes }) => bytes))).toBeLessThanOrEqual(500);
    expect(chunks.length).toBeLessThan(120);
    expect(chunks.map(({ index }) => index)).toEqual(
      chunks.map((_, i) => chunks.slice(0, i).reduce((sum, chunk) => sum + chunk.rows.length, 0)),
    );
  });

  it("gives a row longer than a chunk as a chunk of its own", async () => {
    const rows = [{ id: 1 }, { id: 2, text: "y".repeat(5000) }, { id: 3 }];
    const chunks = await chunksOf(textSource(JSON.stringify({ data: { t: rows } })), { chunkBytes: 100 });
    expect(chunks.map((chunk) => chunk.rows)).toEqual(rows.map((row) => [row]));
  });

  it("may be pretty, have CRLF, a byte order mark, and white space anywhere", async () => {
    const document = {
      data: {
        t: [
          { id: 1, name: "a\nb" },
          { id: 2, name: null },
        ],
      },
    };
    const pretty = JSON.stringify(document, null, "\t");
    const texts = [
      pretty,
      pretty.replaceAll("\n", "\r\n"),
      `\ufeff${pretty}`,
      ` \n${pretty}\r\n\t `,
      pretty.replaceAll("\n", ""),
    ];
    for (const text of texts) expect(await rowsOf(text)).toEqual(document.data);
  });

  it("may have its members in any order, and others that nobody knows", async () => {
    const others = '"note":{"data":[{"x":"]}\\"{"}]},"n":-1.5e3,"s":"}","t":true,"z":null';
    const data = '"data":{"t":[{"id":1}]}';
    for (const text of [`{${others},${data}}`, `{${data},${others}}`]) {
      expect(await rowsOf(text)).toEqual({ t: [{ id: 1 }] });
    }
  });

  it("may be gzip by another tool, in one member or several", async () => {
    const text = utf8('{"data":{"t":[{"id":1},{"id":2}]}}');
    const single = new Uint8Array(gzipSync(text));
    const double = new Uint8Array(Buffer.concat([gzipSync(text.slice(0, 20)), gzipSync(text.slice(20))]));
    for (const bytes of [single, double]) {
      const chunks = await chunksOf(piecesSource(bytes, [5]), { chunkBytes: 1 });
      expect(chunks.map((chunk) => chunk.rows[0]!.id)).toEqual([1, 2]);
      const [rest] = await chunksOf(bytesSource(bytes), { position: chunks[0]!.position });
      expect(rest!.rows).toEqual([{ id: 2 }]);
    }
  });

  it("may be an archive of our own, whose checks still hold", async () => {
    const bytes = await writeArchive(SAMPLE);
    const chunks = await chunksOf(bytesSource(bytes));
    expect(chunks.flatMap(({ rows }) => rows)).toEqual([...expectedTables(SAMPLE).values()].flat());
    bytes[bytes.length - 100]! ^= 0xff;
    await expectRefusal(() => chunksOf(bytesSource(bytes)), "ARCHIVE_CORRUPT");
  });
});

describe("a value in a document by others", () => {
  it.each([
    ["true", 1],
    ["false", 0],
    ["null", null],
    ['"x"', "x"],
    ["1.50", 1.5],
    ["9007199254740991", 9007199254740991],
    ["9007199254740992", { $int: "9007199254740992" }],
    ["-9007199254740993", { $int: "-9007199254740993" }],
    ["9223372036854775807", { $int: "9223372036854775807" }],
    ["-9223372036854775808", { $int: "-9223372036854775808" }],
    ["9223372036854775808", 2 ** 63],
    ["1234567890123456789012", 1.2345678901234568e21],
    ["1234567890123456.5", 1234567890123456.5],
    ["1e400", { $real: "Infinity" }],
    ["-1E+999", { $real: "-Infinity" }],
    ["9".repeat(400), { $real: "Infinity" }],
    [`${"9".repeat(400)}.0`, { $real: "Infinity" }],
    ["1e-400", 0],
    ['{"a":[1,true,null]}', '{"a":[1,true,null]}'],
    ["[ ]", "[]"],
    [
      '{"id":9007199254740993,"ids":[12345678901234567890,-9007199254740992]}',
      '{"id":9007199254740993,"ids":[12345678901234567890,-9007199254740992]}',
    ],
    ['{"rawJSON":"1"}', '{"rawJSON":"1"}'],
    ['{"$int":"5"}', { $int: "5" }],
    ['{"$int":5}', '{"$int":5}'],
    ['{"$int":9007199254740993}', '{"$int":9007199254740993}'],
    ['{"$int":"5","x":1}', '{"$int":"5","x":1}'],
    ['{"$blob":"!"}', '{"$blob":"!"}'],
  ])("%s becomes %j", async (json, cell) => {
    expect(await cellOf(json)).toEqual(cell);
  });

  it("may be 16 digits in a text, which stay what they are", async () => {
    expect(await cellOf('"9007199254740993 \\" 12345678901234567890"')).toBe(
      '9007199254740993 " 12345678901234567890',
    );
  });

  it("counts as given last when a row has its name twice", async () => {
    expect(await rowsOf('{"data":{"t":[{"a":1,"a":2}]}}')).toEqual({ t: [{ a: 2 }] });
  });

  it("may be called __proto__, and so may a table", async () => {
    const chunks = await chunksOf(
      textSource('{"data":{"__proto__":[{"__proto__":true,"constructor":{"a":1}}]}}'),
    );
    expect(chunks[0]!.table).toBe("__proto__");
    expect(Object.entries(chunks[0]!.rows[0]!)).toEqual([
      ["__proto__", 1],
      ["constructor", '{"a":1}'],
    ]);
    expect({}).not.toHaveProperty("a");
  });
});

describe("a malformed tag", () => {
  const rows = '"data":{"t":[{"id":1},{"id":{"$int":"x"}}]}';

  it("is an error in a document of our own, with its row and byte", async () => {
    const text = `{"format":"d1-ferry/1",${rows}}`;
    const error = await expectRefusal(() => rowsOf(text), "DOCUMENT_INVALID");
    expect(error.details).toEqual({ table: "t", row: 2, byte: text.indexOf('{"id":{') });
  });

  it("is one where the caller knows that the format stands behind the rows", async () => {
    const text = `{${rows},"format":"d1-ferry/1"}`;
    expect(await rowsOf(text)).toEqual({ t: [{ id: 1 }, { id: '{"$int":"x"}' }] });
    await expectRefusal(() => rowsOf(text, { strictTags: true }), "DOCUMENT_INVALID");
  });

  it("is one behind a position too", async () => {
    const source = textSource(`{"format":"d1-ferry/1",${rows}}`);
    const seen: DocumentChunk[] = [];
    await expectRefusal(async () => {
      for await (const chunk of readDocument(source, { chunkBytes: 1 })) seen.push(chunk);
    }, "DOCUMENT_INVALID");
    await expectRefusal(() => chunksOf(source, { position: seen[0]!.position }), "DOCUMENT_INVALID");
  });
});

describe("reading a document", () => {
  it("lets go of the source when its reader stops early", async () => {
    let cancelled = false;
    const bytes = utf8(JSON.stringify({ data: { t: Array.from({ length: 100_000 }, (_, id) => ({ id })) } }));
    const source: ByteSource = {
      ...bytesSource(bytes),
      async stream(offset) {
        const reader = (await bytesSource(bytes).stream(offset)).getReader();
        return new ReadableStream({
          async pull(controller) {
            const { value } = await reader.read();
            controller.enqueue(value as Uint8Array);
          },
          cancel() {
            cancelled = true;
          },
        });
      },
    };
    for await (const _ of readDocument(source, { chunkBytes: 1000 })) break;
    expect(cancelled).toBe(true);
  });

  it("holds a chunk in memory, not the document", async () => {
    const row = utf8(`{"id":1,"text":"${"z".repeat(980)}"},`);
    const rows = 60_000;
    const head = utf8('{"data":{"t":[');
    const tail = utf8('{"id":2}]}}');
    const source: ByteSource = {
      size: head.length + rows * row.length + tail.length,
      read: async (_offset, length) => head.slice(0, length),
      async stream() {
        let turn = -1;
        return new ReadableStream<Uint8Array>(
          {
            pull(controller) {
              turn++;
              controller.enqueue(turn === 0 ? head : turn > rows ? tail : row);
              if (turn > rows) controller.close();
            },
          },
          { highWaterMark: 0 },
        );
      },
    };
    // On a busy machine nobody collects what is held no more, and other files of this process left theirs.
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    setFlagsFromString("--no-expose-gc");
    const held = () => {
      collect();
      return process.memoryUsage().arrayBuffers;
    };
    const before = held();
    let count = 0;
    let peak = 0;
    for await (const chunk of readDocument(source)) {
      count += chunk.rows.length;
      peak = Math.max(peak, held() - before);
    }
    expect(count).toBe(rows + 1);
    expect(peak).toBeLessThan(20_000_000);
  });
});

describe("an archive that came back as plain JSON", () => {
  it("keeps its index, which rows that nobody touched agree with", async () => {
    const text = await streamText(archiveToJson(bytesSource(await writeArchive(SAMPLE))));
    const reprinted = JSON.stringify(JSON.parse(text), null, 2);
    const outline = await readDocumentOutline(textSource(reprinted));
    expect(outline).toEqual({
      format: "d1-ferry/1",
      ...HEADER,
      frames: expect.any(Array),
      tables: SAMPLE.map(({ name }) => name),
    });
    const rows = await readTables(textSource(reprinted));
    expect(comparable(rows)).toEqual(comparable(expectedTables(SAMPLE)));
    for (const { name, columns } of SAMPLE) {
      const left = [...rows.get(name)!];
      for (const frame of outline.frames!.filter(({ table }) => table === name)) {
        const lines = left.splice(0, frame.rows).map((row) => canonicalRowText(row, columns));
        expect(await sha256Hex(utf8(lines.join(",\n")))).toBe(frame.sha256);
      }
    }
  });

  it("is what gunzip prints", async () => {
    const bytes = await writeArchive(SAMPLE);
    expect(await streamText(archiveToJson(bytesSource(bytes)))).toBe(gunzipSync(bytes).toString());
  });

  it("reads through a drain to its end", async () => {
    await drain(readDocument(bytesSource(await writeArchive([]))));
  });
});
