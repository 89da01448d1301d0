import { keyedLines } from "../../archive/keyed-text.ts";
import type { Cell, Key, Row } from "../../archive/types.ts";
import type { FrameToWrite } from "../../archive/writer.ts";
import type { Budget } from "../../budget.ts";
import type { Database } from "../../database/port.ts";
import type { LiveTable } from "../../database/schema.ts";
import { quote } from "../../database/sql/syntax.ts";
import { isKnownByContent } from "../compare/index.ts";
import type { Place, WrittenRowsReader } from "../plan/index.ts";
import type { PlannedRow } from "../run/index.ts";
import { ANYWHERE, type ImagePiece } from "./image-piece.ts";

/** Rows of one frame, bytes of their JSON. */
const PAGE_BYTES = 500_000;

/** A table, and how its rows get their keys. */
export interface MadeTable {
  table: LiveTable;
  /** As they are written, whatever keys they come with. */
  appends: boolean;
  /** The run makes the table. */
  isNew: boolean;
}

export interface RowsMadeOptions {
  database: Database;
  reader: WrittenRowsReader;
  budget: Budget;
  /** True while so many statements and bytes more may be had. */
  allows(statements: number, bytes: number): boolean;
  /** @default the beginning */
  from: Place | null;
}

/**
 * What the plan makes of a table's rows, as it lists them: inserted ones as far as they come with columns, and of updated
 * ones the key and the cells that change. Rows that get their keys as they are written are told without. Until they or the
 * budget end.
 */
export async function* rowsMade(
  made: MadeTable,
  { database, reader, budget, allows, from }: RowsMadeOptions,
): AsyncGenerator<ImagePiece, void, void> {
  const { table } = made;
  const bytes = Math.min(PAGE_BYTES, budget.bytes);
  const looking = table.key.kind === "rowid" ? 1 : 0;
  let above: Key | undefined = made.isNew ? null : undefined;
  for (let at = from; ; ) {
    if (!allows(2 + looking, bytes)) return;
    const page = await reader.page({
      ...{ table: table.name, from: at ?? undefined, bytes },
      allows: (statements) => allows(statements + looking, 0),
    });
    const { keyed, keyless, unknown } = sortOut(page.rows, made);
    // None of what is read here is written yet.
    if (keyless.length > 0 && above === undefined) above = await largestRowid(database, table);
    const frames = [
      ...frameOf(table, keyed.map(madeRow), ANYWHERE),
      ...frameOf(table, keyless, { after: above ?? null, through: null, keyless: true }),
    ];
    budget.spend(
      0,
      frames.reduce((sum, { text }) => sum + text.length, 0),
    );
    yield {
      frames,
      rows: keyed.filter(({ is }) => is === "insert").length + keyless.length,
      unknown,
      next: page.next ?? undefined,
    };
    if (page.next === null) return;
    at = page.next;
  }
}

interface SortedRows {
  keyed: PlannedRow[];
  /** Without the key that they get. */
  keyless: Row[];
  /** How many are known by neither. */
  unknown: number;
}

function sortOut(rows: readonly PlannedRow[], { table, appends }: MadeTable): SortedRows {
  const sorted: SortedRows = { keyed: [], keyless: [], unknown: 0 };
  for (const planned of rows) {
    const hasKey = table.key.columns.every((name) => (planned.key[name] ?? null) !== null);
    if (hasKey && !appends) sorted.keyed.push(planned);
    else if (
      planned.is === "insert" &&
      table.key.kind === "rowid" &&
      isKnownByContent(table, Object.keys(planned.row))
    )
      sorted.keyless.push(planned.row);
    else sorted.unknown++;
  }
  return sorted;
}

/** With its key, which may be a rowid that is no column. */
function madeRow(planned: PlannedRow): Row {
  if (planned.is !== "update") return { ...planned.key, ...planned.row };
  const cells = Object.entries(planned.cells).map(([name, [, now]]) => [name, now]);
  return { ...planned.key, ...Object.fromEntries(cells) };
}

function frameOf(
  { name }: LiveTable,
  rows: readonly Row[],
  place: Pick<FrameToWrite, "after" | "through" | "keyless">,
): (FrameToWrite & { text: string })[] {
  if (rows.length === 0) return [];
  const text = keyedLines(rows.map((row) => ({ row }))).join(",\n");
  return [{ table: name, rows: rows.length, keys: rows.length, made: true, ...place, text }];
}

async function largestRowid(database: Database, { name, key }: LiveTable): Promise<Key> {
  const [row] = await database.query({
    sql: `SELECT CAST(max(${quote(key.columns[0] as string)}) AS TEXT) FROM ${quote(name)}`,
  });
  const digits = row?.[0] as string | null;
  return digits === null ? null : [integerCell(digits)];
}

function integerCell(digits: string): Cell {
  return Number.isSafeInteger(Number(digits)) ? Number(digits) : { $int: digits };
}
