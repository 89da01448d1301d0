import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addLines, contentOf, contentsOf, NO_ROWS } from "../../src/archive/content-hash.ts";
import { openArchive } from "../../src/archive/reader.ts";
import { bytesSource } from "../../src/archive/source.ts";
import type { Cell } from "../../src/archive/types.ts";
import { openFrameSource } from "../../src/sync/source/index.ts";
import { documentSource } from "../support/bytes.ts";
import { sampled } from "../support/cases.ts";
import { frameText, writeArchive } from "./support/archives.ts";

const COLUMNS = ["id", "v"];

const PIECE = 64 * 1024;

/** As docs/archive-format.md says it, with the whole text at hand. */
function byTheBook(rows: Cell[][]): string {
  const text = Buffer.from(frameText(COLUMNS, rows));
  let hash = Buffer.alloc(32);
  for (let at = 0; at === 0 || at < text.length; at += PIECE)
    hash = createHash("sha256")
      .update(hash)
      .update(text.subarray(at, at + PIECE))
      .digest();
  return `${rows.length} ${hash.toString("hex")}`;
}

function cutInto(rows: Cell[][], cuts: readonly number[]): Cell[][][] {
  const ends = [...cuts.map((cut) => cut % (rows.length + 1)).toSorted((a, b) => a - b), rows.length];
  return ends.map((end, i) => rows.slice(ends[i - 1] ?? 0, end));
}

async function archived(frames: Cell[][][], interrupted: boolean): Promise<string | undefined> {
  const tables = [
    { name: "before", columns: ["id"], frames: [[[1]]] },
    { name: "t", columns: COLUMNS, frames },
    { name: "behind", columns: ["id"], frames: [[]] },
  ];
  const archive = await openArchive(bytesSource(await writeArchive(tables, { interrupted })));
  return contentsOf(archive.tables).t;
}

async function rowByRow(rows: Cell[][]): Promise<string> {
  let content = NO_ROWS;
  for (const row of rows) {
    const pieces = [new TextEncoder().encode(frameText(COLUMNS, [row]))];
    content = await addLines(content, { rows: 1, pieces });
  }
  return contentOf(content);
}

/** What a plain document holds, read again from where an earlier reading paused behind each of its frames. */
async function asDocument(rows: Cell[][], bytes: number): Promise<string | undefined> {
  const source = documentSource(
    `{"data":{"before":[{"id":1}],"t":[${frameText(COLUMNS, rows)}],"behind":[]}}`,
  );
  let position: unknown;
  for (;;) {
    const opened = await openFrameSource(source, { known: "document", bytes });
    const next = await opened
      .frames(() => true, position)
      [Symbol.asyncIterator]()
      .next();
    if (next.done) return (await opened.contentsAt(position)).t;
    position = JSON.parse(JSON.stringify(next.value.next));
  }
}

/** Texts that end before, at and behind the end of a piece, and rows that are longer than several. */
const cell = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.integer({ min: 0, max: 3 * PIECE }).map((length) => "é".repeat(length / 2)),
  fc.constant("😀".repeat(PIECE)),
);
const rows = fc.array(cell, { maxLength: 12 }).map((cells) => cells.map((v, id): Cell[] => [id, v]));

describe("what a table holds", () => {
  it("is told alike whatever its frames, its pauses, and the way it came", async () => {
    await fc.assert(
      fc.asyncProperty(
        rows,
        fc.array(fc.nat(), { maxLength: 5 }),
        fc.boolean(),
        fc.constantFrom(100, 50_000, 1_000_000),
        async (rows, cuts, interrupted, bytes) => {
          const expected = byTheBook(rows);
          expect(await archived(cutInto(rows, cuts), interrupted)).toBe(expected);
          expect(await rowByRow(rows)).toBe(expected);
          expect(await asDocument(rows, bytes)).toBe(expected);
        },
      ),
      sampled(80),
    );
  });

  it.each([PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 3 * PIECE])("of %i bytes", async (length) => {
    const row: Cell[] = [1, ""];
    row[1] = "x".repeat(length - frameText(COLUMNS, [row]).length);
    expect(await archived([[row], []], true)).toBe(byTheBook([row]));
    expect(await archived([[], [row]], false)).toBe(byTheBook([row]));
    expect(await asDocument([row], 1_000_000)).toBe(byTheBook([row]));
  });

  it("of a row that is longer than is made in one, is that of its line", async () => {
    const long: Cell[][] = [[1, `${"a😀\n\u0001".repeat(300_000)}`]];
    expect(await asDocument(long, 1_000_000)).toBe(byTheBook(long));
  });

  it("is nothing", async () => {
    expect(await archived([[]], false)).toBe(byTheBook([]));
    expect(await rowByRow([])).toBe(byTheBook([]));
  });
});
