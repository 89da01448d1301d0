import { keyedLines } from "../../archive/keyed-text.ts";
import type { StoredFrame } from "../../archive/reader.ts";
import { findSchemaTable } from "../../archive/schema-tables.ts";
import type { Row } from "../../archive/types.ts";
import type { Budget } from "../../budget.ts";
import type { LiveSchema, LiveTable } from "../../database/schema.ts";
import { mapTable, nameInTarget, type TableMapping } from "../schema/index.ts";
import type { FrameSource, SourceFrame } from "../source/index.ts";
import { ANYWHERE, type ImagePiece } from "./image-piece.ts";

/*
 * Where no row was there before, what a run makes is what comes. It is taken from its source once more, which asks
 * nothing of the database, and where the target calls all columns as the archive does, its frames are copied as they are.
 */

export interface RowsFromSourceOptions {
  /** The target's tables. */
  tables: readonly LiveTable[];
  schema: LiveSchema;
  budget: Budget;
  /** True while so many bytes more may be handled. */
  allows(statements: number, bytes: number): boolean;
  /** Where to begin, as the source names it. @default at the first frame */
  from: unknown;
}

/** All frames of these tables, one a piece, until they or the budget end. */
export async function* rowsFromSource(
  source: FrameSource,
  { tables, schema, budget, allows, from }: RowsFromSourceOptions,
): AsyncGenerator<ImagePiece, void, void> {
  const mappings = new Map<string, TableMapping>();
  for (const { table: name } of source.index.tables) {
    const own = tables.find((table) => table.name === nameInTarget(schema, name));
    if (own !== undefined) mappings.set(name, mapTable(schema, name));
  }
  const same = (name: string) =>
    source.stored !== undefined && callsAlike(source, name, mappings.get(name) as TableMapping);
  // One reading after the other, as the frames stand, so that each table's stay together.
  const groups = joinAlike([...mappings.keys()], same);
  for (const group of groups) {
    const wanted = (name: string) => group.names.includes(name);
    const pieces = group.same
      ? copied(source.stored?.(wanted, from ?? undefined) ?? none(), mappings)
      : encoded(source.frames(wanted, from ?? undefined), mappings);
    for await (const { bytes, ...piece } of pieces) {
      if (!allows(0, bytes)) return;
      budget.spend(0, bytes);
      yield piece;
    }
  }
  yield { frames: [], rows: 0, next: undefined };
}

interface SourcePiece extends Pick<ImagePiece, "frames" | "rows" | "next"> {
  bytes: number;
}

async function* none(): AsyncGenerator<StoredFrame, void, void> {}

async function* copied(
  frames: AsyncIterable<StoredFrame>,
  mappings: ReadonlyMap<string, TableMapping>,
): AsyncGenerator<SourcePiece, void, void> {
  for await (const { seq, entry, member } of frames) {
    const { rows, textBytes, sha256 } = entry;
    const table = (mappings.get(entry.table) as TableMapping).table.name;
    const frame = { table, rows, keys: rows, made: true as const, ...ANYWHERE, member, textBytes, sha256 };
    yield { next: seq + 1, bytes: member.byteLength, rows, frames: rows === 0 ? [] : [frame] };
  }
}

async function* encoded(
  frames: AsyncIterable<SourceFrame>,
  mappings: ReadonlyMap<string, TableMapping>,
): AsyncGenerator<SourcePiece, void, void> {
  for await (const { next, table, rows: parts, bytes } of frames) {
    const { table: live, column } = mappings.get(table) as TableMapping;
    const lines: string[] = [];
    for (const part of parts())
      lines.push(...keyedLines(part.map((row) => ({ row: inTarget(row, column) }))));
    const rows = lines.length;
    const text = lines.join(",\n");
    const frame = { table: live.name, rows, keys: rows, made: true as const, ...ANYWHERE, text };
    yield { next, bytes, rows, frames: rows === 0 ? [] : [frame] };
  }
}

function inTarget(row: Row, column: TableMapping["column"]): Row {
  const cells = Object.entries(row).flatMap(([name, cell]) => {
    const own = column(name);
    return own === null ? [] : [[own, cell] as const];
  });
  return Object.fromEntries(cells);
}

/** True where the target has each of a table's columns under the archive's name. */
function callsAlike({ schema }: FrameSource, name: string, { column }: TableMapping): boolean {
  const table = findSchemaTable(schema ?? [], name);
  if (table === undefined) return false;
  const stored = table.columns.filter(({ generated }) => generated === null).map((one) => one.name);
  const names = table.key.kind === "rowid" ? [...table.key.columns, ...stored] : stored;
  return names.every((one) => column(one) === one);
}

interface AlikeTables {
  names: string[];
  same: boolean;
}

/** Tables that follow each other and are read in the same way. */
function joinAlike(names: readonly string[], same: (name: string) => boolean): AlikeTables[] {
  const groups: AlikeTables[] = [];
  for (const name of names) {
    const last = groups.at(-1);
    if (last?.same === same(name)) last.names.push(name);
    else groups.push({ names: [name], same: same(name) });
  }
  return groups;
}
