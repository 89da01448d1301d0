import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encodeRow } from "../../src/archive/cells.ts";
import { checkHeader } from "../../src/archive/shapes.ts";
import type { Cell } from "../../src/archive/types.ts";
import type { EditedRow, Merged } from "../../src/cli/bases/three-way.ts";
import { toldMerge } from "../../src/cli/bases/told-merge.ts";
import { type Conflict, mergeRow, type OnEdit } from "../../src/diff/index.ts";
import { sampled } from "../support/cases.ts";

const cell: fc.Arbitrary<Cell> = fc.oneof(
  fc.constant(null),
  fc.integer(),
  fc.string({ unit: "binary", maxLength: 3000 }),
  fc.string({ maxLength: 300 }).map((text) => ({ $blob: Buffer.from(text).toString("base64") })),
  fc.constant({ $int: "9007199254740993" }),
);
const names = ["id", "__proto__", "constructor", "n".repeat(60)];
const line = fc.option(
  fc.tuple(cell, cell, cell, cell).map((cells) => encodeRow(names, cells)),
  { nil: null },
);
/** Rows that differ, of which it is known how both had them. */
const row = fc.record({ base: line, ours: line, theirs: line }).filter(({ ours, theirs }) => ours !== theirs);

describe("What a delta tells of edits on both sides", () => {
  test("fits its shape, and says of each row it names what the merge found", () => {
    fc.assert(
      fc.property(
        fc.array(row, { maxLength: 60 }),
        fc.constantFrom<OnEdit>("ours", "theirs"),
        (rows, onEdit) => {
          const found = rows.map(({ base, ours, theirs }) =>
            mergeRow({ columns: names, ours, theirs }, { line: base }, onEdit),
          );
          const conflicts = found.flatMap(({ conflicts: own }, i): EditedRow[] =>
            own.length === 0 ? [] : [{ table: "t", key: { id: i }, conflicts: own }],
          );
          const told = toldMerge(mergedOf(conflicts), onEdit);
          if (conflicts.length === 0) {
            expect(told).toBeUndefined();
            return;
          }
          const header = { version: 1, exportedAt: 1, source: { engine: "x" }, schema: [], merged: told };
          expect(checkHeader(header)).toEqual({ value: header });
          expect(told?.conflicts).toMatchObject({ rows: conflicts.length, taken: onEdit });
          const first = told?.conflicts.first ?? [];
          expect(first.length).toBeLessThanOrEqual(20);
          for (const [i, one] of first.entries()) {
            const of = conflicts[i] as EditedRow;
            expect(one).toMatchObject({ table: "t", key: Object.values(of.key), is: kindOf(of.conflicts) });
          }
        },
      ),
      sampled(100),
    );
  });

  test("leaves out what would be too long, and nothing that is short", () => {
    const wide = (id: number): EditedRow => ({
      table: "t",
      key: { id },
      conflicts: Array.from({ length: 90 }, (_, i) => ({
        column: `c${i}`,
        base: 1,
        ours: "😀".repeat(90),
        theirs: 2,
      })),
    });
    const told = toldMerge(mergedOf([wide(1), wide(2), wide(3)]), "ours");
    expect(told?.conflicts.first).toHaveLength(1);
    const short = Array.from(
      { length: 30 },
      (_, id): EditedRow => ({
        table: "t",
        key: { id },
        conflicts: [{ column: "v", ours: 1, theirs: 2 }],
      }),
    );
    expect(toldMerge(mergedOf(short), "theirs")?.conflicts.first).toHaveLength(20);
  });

  test("is nothing where more tables were edited than it can name, and never a header that is refused", () => {
    const edited = (tables: number): Merged => ({
      ...mergedOf([]),
      keptRows: new Map(Array.from({ length: tables }, (_, i) => [`${"t".repeat(60)}${i}`, 1])),
    });
    expect(toldMerge(edited(600), "stop")?.kept).toHaveLength(600);
    expect(toldMerge(edited(900), "stop")).toBeUndefined();
  });
});

const mergedOf = (conflicts: EditedRow[]): Merged => ({
  ...{ since: 1, kept: [], keptRows: new Map(), editedBy: new Set(), unknownRows: 0 },
  ...{ conflicts, conflictRows: conflicts.length },
});

function kindOf(conflicts: readonly Conflict[]): string {
  const [one] = conflicts;
  if (one === undefined || one.column !== null) return "edited";
  if (one.ours === null) return "deleted-at-source";
  return one.theirs === null ? "deleted-at-target" : "added";
}
