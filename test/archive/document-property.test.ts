import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isTagged } from "../../src/archive/cells.ts";
import { type DocumentChunk, type DocumentPosition, readDocument } from "../../src/archive/document.ts";
import type { ByteSource } from "../../src/archive/types.ts";
import { FerryError } from "../../src/errors.ts";
import { seeded } from "../support/cases.ts";
import { anyText, rowName, taggedCell } from "./support/arbitraries.ts";
import { piecesSource, utf8 } from "./support/sources.ts";

/** A JSON value whose large integers are bigints. */
type Json = null | boolean | number | bigint | string | Json[] | { [name: string]: Json };

const { rawJSON } = JSON as object as { rawJSON(text: string): unknown };

const { value: anyJson } = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthSize: "small" },
    fc.constantFrom(null, true, false),
    anyText,
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.maxSafeInteger(),
    fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }),
    taggedCell as fc.Arbitrary<Json>,
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(rowName, tie("value"), { maxKeys: 4, noNullPrototype: true }),
  ),
}));

const anyRow = fc.dictionary(rowName, anyJson, { maxKeys: 5, noNullPrototype: true });
const anyData = fc.uniqueArray(fc.tuple(anyText, fc.array(anyRow, { maxLength: 12 })), {
  selector: ([name]) => name,
  maxLength: 4,
});

const anyLayout = fc.record({
  indent: fc.constantFrom("", " ", "\t", "  "),
  crlf: fc.boolean(),
  mark: fc.boolean(),
  before: fc.dictionary(rowName, anyJson, { maxKeys: 2 }),
  behind: fc.dictionary(rowName, anyJson, { maxKeys: 2 }),
});

type Data = [string, { [name: string]: Json }[]][];

interface Layout {
  indent: string;
  crlf: boolean;
  mark: boolean;
  before: Record<string, Json>;
  behind: Record<string, Json>;
}

/** The document's text; members, tables and rows are put together by hand, so that any name stands anywhere. */
function print(data: Data, { indent, crlf, mark, before, behind }: Layout): string {
  const json = (value: unknown) =>
    JSON.stringify(value, (_, v) => (typeof v === "bigint" ? rawJSON(String(v)) : v), indent);
  const member = ([name, value]: [string, unknown]) => `${JSON.stringify(name)}: ${json(value)}`;
  const others = (members: Record<string, Json>) =>
    Object.entries(members)
      .filter(([name]) => name !== "data" && name !== "format")
      .map(member);
  const tables = data.map(([name, rows]) => `${JSON.stringify(name)}:${json(rows)}`);
  const text = `{${[...others(before), `"data":{${tables.join(indent === "" ? "," : " ,\n")}}`, ...others(behind)].join(",")}}`;
  return (mark ? "\ufeff" : "") + (crlf ? text.replaceAll("\n", "\r\n") : text);
}

/** What a value must come back as, said in another way than the reader does it. */
function expectedCell(value: Json): unknown {
  if (typeof value === "boolean") return Number(value);
  if (typeof value === "number") {
    const text = JSON.stringify(value);
    return /^-?\d+$/.test(text) ? expectedCell(BigInt(text)) : value;
  }
  if (typeof value === "bigint") {
    if (BigInt.asIntN(64, value) !== value) return Number(value);
    return Number.isSafeInteger(Number(value)) ? Number(value) : { $int: String(value) };
  }
  if (typeof value !== "object" || value === null || isTagged(value)) return value;
  return JSON.stringify(value, (_, v) => (typeof v === "bigint" ? rawJSON(String(v)) : v));
}

const expectedRows = (data: Data) =>
  data.map(([name, rows]) => ({
    name,
    rows: rows.map((row) => Object.entries(row).map(([column, value]) => [column, expectedCell(value)])),
  }));

function gather(chunks: DocumentChunk[]) {
  const tables = new Map<string, unknown[]>();
  for (const { table, rows, index } of chunks) {
    const known = tables.get(table) ?? [];
    expect(index).toBe(known.length);
    tables.set(table, [...known, ...rows.map((row) => Object.entries(row))]);
  }
  return [...tables].map(([name, rows]) => ({ name, rows }));
}

async function read(source: ByteSource, chunkBytes: number, position?: DocumentPosition) {
  const chunks: DocumentChunk[] = [];
  const options = position === undefined ? { chunkBytes } : { chunkBytes, position };
  for await (const chunk of readDocument(source, options)) chunks.push(chunk);
  return chunks;
}

const lengths = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 5 });
const chunkSizes = fc.integer({ min: 1, max: 400 });

describe("any document", () => {
  it("comes back, however it is printed, sent and cut", async () => {
    await fc.assert(
      fc.asyncProperty(anyData, anyLayout, lengths, chunkSizes, async (data, layout, lengths, chunkBytes) => {
        const source = piecesSource(utf8(print(data, layout)), lengths);
        expect(gather(await read(source, chunkBytes))).toStrictEqual(expectedRows(data));
      }),
      seeded(300),
    );
  });

  it("goes on behind each chunk as if it had never stopped", async () => {
    await fc.assert(
      fc.asyncProperty(anyData, anyLayout, lengths, chunkSizes, async (data, layout, lengths, chunkBytes) => {
        const bytes = utf8(print(data, layout));
        const chunks = await read(piecesSource(bytes, [bytes.length]), chunkBytes);
        for (const [i, { position }] of chunks.entries()) {
          const kept = JSON.parse(JSON.stringify(position)) as DocumentPosition;
          expect(await read(piecesSource(bytes, lengths), chunkBytes, kept)).toStrictEqual(
            chunks.slice(i + 1),
          );
        }
      }),
      seeded(100),
    );
  });

  it("that was damaged is read or refused, and nothing else", async () => {
    const change = fc.record({
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      remove: fc.nat(3),
      insert: fc.uint8Array({ maxLength: 3 }),
    });
    await fc.assert(
      fc.asyncProperty(
        anyData,
        anyLayout,
        change,
        chunkSizes,
        async (data, layout, { at, remove, insert }, chunkBytes) => {
          const bytes = utf8(print(data, layout));
          const cut = Math.floor(at * bytes.length);
          const damaged = new Uint8Array([...bytes.slice(0, cut), ...insert, ...bytes.slice(cut + remove)]);
          try {
            await read(piecesSource(damaged, [50]), chunkBytes);
          } catch (error) {
            expect(error).toBeInstanceOf(FerryError);
            expect(["DOCUMENT_INVALID", "ARCHIVE_TRUNCATED", "ARCHIVE_CORRUPT"]).toContain(
              (error as FerryError).code,
            );
          }
        },
      ),
      seeded(400),
    );
  });

  it("that JSON.parse refuses is refused, when the damage is in its rows", async () => {
    await fc.assert(
      fc.asyncProperty(
        anyRow,
        fc.nat(),
        fc.constantFrom(...'{}[],:"\\0e.-tn \n'),
        async (row, at, letter) => {
          const text = print([["t", [row, row]]], {
            indent: "",
            crlf: false,
            mark: false,
            before: {},
            behind: {},
          });
          const cut = 14 + (at % (text.length - 17));
          const damaged = text.slice(0, cut) + letter + text.slice(cut + 1);
          let valid = true;
          try {
            JSON.parse(damaged);
          } catch {
            valid = false;
          }
          if (!valid)
            await expect(read(piecesSource(utf8(damaged), [1000]), 1000)).rejects.toThrow(FerryError);
        },
      ),
      seeded(400),
    );
  });
});
