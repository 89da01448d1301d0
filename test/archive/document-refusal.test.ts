import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { type DocumentChunk, readDocument } from "../../src/archive/document.ts";
import { bytesSource } from "../../src/archive/source.ts";
import type { Row } from "../../src/archive/types.ts";
import { chunksOf, rowsOf } from "./support/documents.ts";
import { expectRefusal } from "./support/refusal.ts";
import { textSource, utf8 } from "./support/sources.ts";

describe("a document that is none", () => {
  const invalid: [string, string, number?][] = [
    ["text", "hello", 0],
    ["a list", "[]", 0],
    ["a string", '"data"', 0],
    ["without data", '{"version":1}'],
    ["with data that is null", '{"data":null}', 8],
    ["with data that is a list", '{"data":[]}', 8],
    ["with data twice", '{"data":{},"data":{}}'],
    ["with a table twice", '{"data":{"t":[],"u":[],"t":[]}}'],
    ["with a table that is an object", '{"data":{"t":{}}}', 13],
    ["with a row that is a number", '{"data":{"t":[{"a":1},5]}}', 22],
    ["with a row that is a list", '{"data":{"t":[[1]]}}', 14],
    ["with a row that is null", '{"data":{"t":[null]}}', 14],
    ["with a comma too much between rows", '{"data":{"t":[{"a":1},,{"a":2}]}}', 22],
    ["with a comma behind the last row", '{"data":{"t":[{"a":1},]}}', 22],
    ["with a comma before the first row", '{"data":{"t":[,{"a":1}]}}', 14],
    ["without a comma between rows", '{"data":{"t":[{"a":1} {"a":2}]}}', 22],
    ["with a comma behind the last table", '{"data":{"t":[],}}', 16],
    ["with a comma behind the last member", '{"data":{},}', 11],
    ["without a colon", '{"data" {}}', 8],
    ["with a name that is no string", "{data:{}}", 1],
    ["with something behind it", '{"data":{}} x', 12],
    ["with a second document behind it", '{"data":{}}{"data":{}}', 11],
    ["with zero bytes behind it", '{"data":{}}\0\0', 11],
    ["with a wrong bracket in a row", '{"data":{"t":[{"a":1},{"a":[1}}]}}', 22],
    ["with a missing value", '{"data":{"t":[{"a":}]}}', 14],
    ["with a raw newline in a text", '{"data":{"t":[{"a":1},{"b":"x\ny"}]}}', 22],
    ["with a number that begins with zero", '{"data":{"t":[{"a":012345678901234567}]}}', 14],
    ["with a number that is none", '{"data":{"t":[{"a":1.}]}}', 14],
    ["with a literal that is none", '{"data":{"t":[{"a":True}]}}', 14],
    ["with a broken escape", '{"data":{"t":[{"a":"\\x"}]}}', 14],
    ["with an unknown member that is none", '{"note":tru,"data":{}}', 8],
    ["with an unknown member without value", '{"note":,"data":{}}', 8],
    ["with brackets that fit in a member that is none", '{"data":{},"tables":[{"frames":5("rows":4}]}', 20],
    ["with such a member before the rows", '{"note":{"a" 1},"data":{}}', 8],
    ["nested absurdly", `{"data":{"t":[{"a":${"[".repeat(5000)}1${"]".repeat(5000)}}]}}`, 14],
  ];
  it.each(invalid)("%s: is refused with the byte", async (_, text, byte) => {
    const error = await expectRefusal(() => rowsOf(text), "DOCUMENT_INVALID");
    expect(error.details?.byte).toEqual(byte ?? expect.any(Number));
  });

  it("is refused when it is not UTF-8, or UTF-16", async () => {
    const bytes = utf8('{"data":{"t":[{"a":"ab"}]}}');
    bytes[20] = 0xff;
    const error = await expectRefusal(() => chunksOf(bytesSource(bytes)), "DOCUMENT_INVALID");
    expect(error.details).toEqual({ byte: 14, table: "t", row: 1 });
    const utf16 = new Uint8Array(Buffer.from('\ufeff{"data":{}}', "utf16le"));
    expect((await expectRefusal(() => chunksOf(bytesSource(utf16)), "DOCUMENT_INVALID")).message).toContain(
      "UTF-16",
    );
  });

  it("names the row and the byte, deep in a table and behind a position", async () => {
    const good = Array.from({ length: 500 }, (_, id) => JSON.stringify({ id, name: "é".repeat(id % 7) }));
    const bad = good.with(321, '{"id":321,"name":oops}');
    const text = `{"data":{"other":[],"t":[\n${bad.join(",\n")}\n]}}`;
    const byte = utf8(text.slice(0, text.indexOf('{"id":321'))).length;
    const error = await expectRefusal(() => chunksOf(textSource(text)), "DOCUMENT_INVALID");
    expect(error.details).toEqual({ byte, table: "t", row: 322 });
    const seen: DocumentChunk[] = [];
    await expectRefusal(async () => {
      for await (const chunk of readDocument(textSource(text), { chunkBytes: 1000 })) seen.push(chunk);
    }, "DOCUMENT_INVALID");
    const { position } = seen.at(-2)!;
    const again = await expectRefusal(() => chunksOf(textSource(text), { position }), "DOCUMENT_INVALID");
    expect(again.details).toEqual(error.details);
  });

  it("is refused when it has a row beyond all sizes, in bounded memory", async () => {
    const text = `{"data":{"t":[{"a":"${"x".repeat(20_000_000)}"}]}}`;
    const error = await expectRefusal(() => rowsOf(text), "ROW_TOO_LARGE");
    expect(error.details).toEqual({ byte: 14, table: "t", row: 1 });
  });

  it("is refused when a row has more than its target takes, by then and not at its end", async () => {
    const cell = (length: number) => `{"a":"${"x".repeat(length)}"}`;
    const read = async (text: string) => {
      const rows: Row[] = [];
      for await (const chunk of readDocument(textSource(text), { chunkBytes: 1000, maxRowBytes: 100_000 }))
        rows.push(...chunk.rows);
      return rows;
    };
    // Escapes count as what they stand for: such a row fits.
    const escaped = "\\u0001".repeat(99_000);
    const [row] = await read(`{"data":{"t":[{"a":"${escaped}"}]}}`);
    expect(row).toEqual({ a: "\u0001".repeat(99_000) });
    const unfinished = `{"data":{"t":[${cell(5)},${cell(3_000_000).slice(0, -2)}`;
    const error = await expectRefusal(() => read(unfinished), "ROW_TOO_LARGE");
    expect(error.details).toEqual({ byte: 28, table: "t", row: 2 });
    expect(error.message).toContain("longer than 650000 bytes");
  });

  it.each([
    ["names", (i: number) => `"n${i}":1`, ["", ""], 32_768],
    ["values in a list", () => "1", ['"a":[', "]"], 300_001],
    ["names in a cell", (i: number) => `"n${i}":1`, ['"a":{', "}"], 300_001],
    ["bytes in a name", () => "", [`"${"n".repeat(100_000)}" :1`, ""], 1],
    ["lists", () => "[]", ['"a":[', "]"], 150_001],
  ] as const)(
    "is refused when a row has more %s than are parsed",
    async (_, part, [before, behind], count) => {
      const row = `{${before}${Array.from({ length: count }, (_, i) => part(i)).join(",")}${behind}}`;
      const error = await expectRefusal(() => rowsOf(`{"data":{"t":[{"a":1},${row}]}}`), "DOCUMENT_INVALID");
      expect(error.details).toEqual({ byte: 22, table: "t", row: 2 });
      expect(error.message).toContain("has more than 32767 names or 300000 values");
    },
  );

  it("takes as many names as SQLite has columns, as long as those may be, and as many values in a cell as are parsed", async () => {
    const names = Array.from({ length: 32_767 }, (_, i) => `"n${i}":1`)
      .join(",")
      .replace('"n7"', `"${"n".repeat(99_990)}"`);
    const values = Array.from({ length: 290_000 }, () => "1").join(",");
    const { t } = (await rowsOf(`{"data":{"t":[{${names}},{"a":[${values}]}]}}`)) as { t: Row[] };
    const [row, other] = t;
    expect(Object.keys(row ?? {})).toHaveLength(32_767);
    expect(other).toEqual({ a: `[${values}]` });
  });

  it("is refused when it names more tables than a database has", async () => {
    const tables = Array.from({ length: 10_001 }, (_, i) => `"t${i}":[]`).join(",");
    await expectRefusal(() => rowsOf(`{"data":{${tables}}}`), "DOCUMENT_INVALID");
  });
});

describe("a document that is cut", () => {
  const text = JSON.stringify({
    note: { a: [1] },
    data: { t: [{ a: 'x\\"y', b: 1.5 }, { a: null }], u: [], v: [{ c: true }] },
    n: 12,
  });

  it("at any byte is refused, with the byte at which it ends", async () => {
    for (let length = 0; length < text.length; length++) {
      const error = await expectRefusal(() => rowsOf(text.slice(0, length)), "ARCHIVE_TRUNCATED");
      expect(error.details?.byte).toBe(length);
    }
  });

  it("and packed, is refused too", async () => {
    for (const bytes of [gzipSync(text.slice(0, 40)), gzipSync(text).subarray(0, -9)]) {
      await expectRefusal(() => chunksOf(bytesSource(new Uint8Array(bytes))), "ARCHIVE_TRUNCATED");
    }
  });

  it("by a stream that ends before the file does, is refused", async () => {
    const bytes = utf8(text);
    const source = { ...bytesSource(bytes), size: bytes.length + 1 };
    await expectRefusal(() => chunksOf(source), "ARCHIVE_TRUNCATED");
  });
});
