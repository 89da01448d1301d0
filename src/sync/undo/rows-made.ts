import { keyedLines } from "../../archive/keyed-text.ts";
import type { Row } from "../../archive/types.ts";
import type { Budget } from "../../budget.ts";
import type { LiveTable } from "../../database/schema.ts";
import type { Place, WrittenRowsReader } from "../plan/index.ts";
import type { PlannedRow } from "../run/index.ts";
import { ANYWHERE, type ImagePiece } from "./image-piece.ts";

/** Rows of one frame, bytes of their JSON. */
const PAGE_BYTES = 500_000;

export interface RowsMadeOptions {
  reader: WrittenRowsReader;
  budget: Budget;
  /** True while so many statements and bytes more may be had. */
  allows(statements: number, bytes: number): boolean;
  /** @default the beginning */
  from: Place | null;
}

/**
 * What the plan makes of a table's rows, as it lists them: inserted ones as far as they come with columns, and of updated
 * ones the key and the cells that change. Until they or the budget end.
 */
export async function* rowsMade(
  { name, key }: LiveTable,
  { reader, budget, allows, from }: RowsMadeOptions,
): AsyncGenerator<ImagePiece, void, void> {
  const bytes = Math.min(PAGE_BYTES, budget.bytes);
  for (let at = from; ; ) {
    if (!allows(2, bytes)) return;
    const page = await reader.page({
      ...{ table: name, from: at ?? undefined, bytes },
      allows: (statements) => allows(statements, 0),
    });
    const known = page.rows.filter((row) => isKnown(row, key.columns));
    const lines = keyedLines(known.map((row) => ({ row: madeRow(row) })));
    const text = lines.join(",\n");
    budget.spend(0, text.length);
    const rows = known.length;
    yield {
      frame: rows === 0 ? null : { table: name, rows, keys: rows, made: true, ...ANYWHERE, text },
      rows: known.filter(({ is }) => is === "insert").length,
      keyless: page.rows.length - rows,
      next: page.next ?? undefined,
    };
    if (page.next === null) return;
    at = page.next;
  }
}

/** By a key that the row has before it is written. */
function isKnown({ key }: PlannedRow, columns: readonly string[]): boolean {
  return columns.every((name) => (key[name] ?? null) !== null);
}

/** With its key, which may be a rowid that is no column. */
function madeRow(planned: PlannedRow): Row {
  if (planned.is !== "update") return { ...planned.key, ...planned.row };
  const cells = Object.entries(planned.cells).map(([name, [, now]]) => [name, now]);
  return { ...planned.key, ...Object.fromEntries(cells) };
}
