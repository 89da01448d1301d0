import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { readDocumentOutline } from "../../src/archive/document.ts";
import { bytesSource } from "../../src/archive/source.ts";
import { HEADER, SAMPLE, writeArchive } from "./support/archives.ts";
import { expectRefusal } from "./support/refusal.ts";
import { piecesSource, textSource, utf8 } from "./support/sources.ts";

const outlineOf = (text: string) => readDocumentOutline(textSource(text));

describe("what a document says beside its rows", () => {
  it("is found before and behind them", async () => {
    const data = `"data":{"t":[{"version":9,"text":"]}\\""}],"u":[]}`;
    const members =
      '"version":3,"operation":"upload","exportedAt":5,"source":{"engine":"d1"},"other":[{"version":8}]';
    for (const text of [`{${members},${data}}`, `{${data},${members}}`]) {
      const expected = {
        version: 3,
        operation: "upload",
        exportedAt: 5,
        source: { engine: "d1" },
        tables: ["t", "u"],
      };
      expect(await outlineOf(text)).toEqual(expected);
      for (const lengths of [[1], [2, 3], [1000]]) {
        expect(await readDocumentOutline(piecesSource(utf8(text), lengths))).toEqual(expected);
      }
      expect(await readDocumentOutline(bytesSource(new Uint8Array(gzipSync(text))))).toEqual(expected);
    }
  });

  it("is nothing for a document of rows alone, and for one without rows", async () => {
    expect(await outlineOf('\ufeff{"data":{"t":[]}}')).toEqual({ tables: ["t"] });
    expect(await outlineOf('{"operation":"export"}')).toEqual({ operation: "export", tables: [] });
  });

  it("is an archive's header and index for an archive", async () => {
    const outline = await readDocumentOutline(bytesSource(await writeArchive(SAMPLE)));
    expect(outline).toMatchObject({ format: "d1-ferry/1", ...HEADER });
    expect(outline.frames).toHaveLength(7);
  });

  it("is left out where it is not of its shape", async () => {
    const text =
      '{"format":1,"version":null,"exportedAt":"x","source":[],"schema":[{}],"frames":{},"toString":1,"__proto__":2,"data":{}}';
    expect(await outlineOf(text)).toEqual({ tables: [] });
  });

  it("cannot have a version that is none", async () => {
    for (const version of ['"3"', "1.5", "{}", "true"]) {
      await expectRefusal(() => outlineOf(`{"version":${version},"data":{}}`), "DOCUMENT_INVALID");
    }
  });

  it("is refused with the byte when the document is none", async () => {
    const refused: [string, number][] = [
      ["[]", 0],
      ['{"version":1x}', 11],
      ['{"data":[]}', 8],
      ['{"data":{"t":1}}', 13],
      ['{"data":{"t":[]}} 1', 18],
    ];
    for (const [text, byte] of refused) {
      expect((await expectRefusal(() => outlineOf(text), "DOCUMENT_INVALID")).details?.byte, text).toBe(byte);
    }
  });

  it("is refused when the document is cut at any byte", async () => {
    const text = '{"version":1,"data":{"t":[{"a":"\\\\\\""}]},"x":[true,"}"]}';
    for (let length = 0; length < text.length; length++) {
      await expectRefusal(() => outlineOf(text.slice(0, length)), "ARCHIVE_TRUNCATED");
    }
  });
});
