import fc from "fast-check";
import type { Mode, OnConflict } from "../../../../src/sync/run/options.ts";
import { emptyState, keyOf, NAMES, repaired, type State, type TableName } from "./tables.ts";
import { KINDS, rowOf, type Write, written } from "./writes.ts";

/** A sync, and the writes of an app that meet it, one interleaving after the other. */
export interface GapsCase {
  /** Rows of the target, each in small numbers. */
  rows: Partial<Record<TableName, number[][]>>;
  /** By what the source differs from it. */
  edits: Write[];
  /** Tables of the source. */
  tables: TableName[];
  /** An archive, or one of what the source differs in, or a document that leaves a column out of every third row. */
  from: "archive" | "delta" | "document";
  mode: Mode;
  onConflict: OnConflict;
  /** Bytes of a transaction; 0 for one transaction. */
  sliceBytes: number;
  /** Statements of a call; 0 for any. */
  statements: number;
  interleavings: Interleaving[];
}

export interface Interleaving {
  /** Whether the call names its plan. */
  named: boolean;
  /** Whether the first write comes while that plan is made. @default false */
  early?: boolean;
  /** Each write, and ahead of which call of the driver it comes, modulo how many there are. */
  writes: (Write & { gap: number })[];
}

const few = fc.nat({ max: 7 });

const writeArbitrary: fc.Arbitrary<Write> = fc.record({
  kind: fc.constantFrom(...KINDS, "hit"),
  table: fc.constantFrom(...NAMES),
  row: few,
  column: few,
  value: few,
});

const rowsArbitrary = fc.record(
  Object.fromEntries(
    NAMES.map((name) => [
      name,
      fc.array(fc.array(few, { minLength: 5, maxLength: 5 }), { minLength: 0, maxLength: 7, size: "max" }),
    ]),
  ) as Record<TableName, fc.Arbitrary<number[][]>>,
);

/** Cases with so many interleavings each. */
export function gapsCases(interleavings: number): fc.Arbitrary<GapsCase> {
  return fc
    .record({
      rows: rowsArbitrary,
      edits: fc.array(writeArbitrary, { minLength: 2, maxLength: 14, size: "max" }),
      tables: fc.subarray([...NAMES], { minLength: 1 }),
      allTables: fc.integer({ min: 0, max: 2 }),
      from: fc.constantFrom("archive" as const, "delta" as const, "document" as const),
      mode: fc.constantFrom("merge" as const, "insert" as const, "mirror" as const),
      onConflict: fc.constantFrom("fail" as const, "skip" as const, "replace" as const),
      sliceBytes: fc.constantFrom(0, 0, 1, 60),
      statements: fc.constantFrom(0, 0, 0, 45),
      interleavings: fc.array(
        fc.record({
          named: fc.boolean(),
          early: fc.nat({ max: 3 }).map((number) => number === 3),
          writes: fc.array(
            fc.tuple(writeArbitrary, fc.nat({ max: 9999 })).map(([write, gap]) => ({ ...write, gap })),
            { minLength: 1, maxLength: 2 },
          ),
        }),
        { minLength: 1, maxLength: interleavings, size: "max" },
      ),
    })
    .map(({ allTables, tables, mode, onConflict, ...rest }) => ({
      ...rest,
      mode,
      // Refused as it is asked for.
      onConflict: mode === "insert" && onConflict === "replace" ? "fail" : onConflict,
      tables: (allTables > 0 ? NAMES : tables).filter((name) => canTravel(name, rest.from, mode)),
    }))
    .filter(({ tables }) => tables.length > 0);
}

/** Rows that a document says without what they are known by are new ones, and no mirror takes them. */
function canTravel(name: TableName, from: GapsCase["from"], mode: Mode): boolean {
  return from !== "document" || (name !== "words" && (name !== "loose" || mode !== "mirror"));
}

export function targetOf({ rows }: GapsCase): State {
  const state = emptyState();
  for (const table of NAMES) {
    for (const numbers of rows[table] ?? []) {
      const row = rowOf(table, numbers);
      state[table].set(keyOf(table, row), row);
    }
  }
  return repaired(state);
}

export function sourceOf(one: GapsCase): State {
  return repaired(written(targetOf(one), one.edits));
}

/** What the source says of its rows: the document's `data`. */
export function documentOf(one: GapsCase): Record<string, object[]> {
  const source = sourceOf(one);
  return Object.fromEntries(
    one.tables.map((table) => [
      table,
      [...source[table].values()].map(({ rowid: _, ...row }, i) => {
        if (i % 3 !== 2 || !("v" in row) || table === "loose") return row;
        const { v: _v, ...rest } = row;
        return rest;
      }),
    ]),
  );
}
