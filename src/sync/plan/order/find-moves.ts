import type { Capabilities, Database } from "../../../database/port.ts";
import type { UnorderedBecause } from "../../run/index.ts";
import { hasKey, type IncomingRows, type SliceLimits } from "../../stage/index.ts";
import { moveTo, type PartMoves, STAYS } from "./move-rows.ts";
import { type NumberedRows, readSizes } from "./read-references.ts";
import { itemsOf, lateRows, orderRows, type References, type RowOrder } from "./row-order.ts";

/** Which rows of a table go where. */
export interface TableMoves {
  /** Of each shape of rows, the parts from which some go. */
  shapes: { rows: IncomingRows; parts: PartMoves[] }[];
  /** Whether these are all rows that have to go. */
  whole: boolean;
}

/** What no order of parts can write. */
export interface NoOrder {
  why: UnorderedBecause;
  rows: number;
}

export interface MovesAsked {
  references: References;
  /** What a transaction carries. */
  limits: SliceLimits;
}

/** Bytes of rows that are moved in one transaction. */
const MOVED_BYTES = 32_000_000;

/** Bytes of rows in a part, as they are staged. */
const PART_BYTES = 1_800_000;

/** Null where all rows are in order. */
export async function findMoves(
  database: Database,
  numbered: NumberedRows,
  { references, limits }: MovesAsked,
): Promise<TableMoves | NoOrder | null> {
  const { staged, slices, starts, rows, parts } = numbered;
  const late = lateRows(rows, references);
  const affected = slices.filter(({ first, behind }) =>
    late.subarray(starts[first], starts[behind] ?? rows).includes(1),
  );
  if (affected.length === 0) return null;
  if (affected.some((slice) => !hasKey(slice.rows))) return { why: "keyless", rows };
  const sizes = new Int32Array(rows);
  const shapeOf = new Int32Array(rows);
  const shapes = [...new Set(parts.map(({ shape }) => shape))];
  for (const slice of affected) {
    const own = await readSizes(database, slice);
    for (const [i, partSizes] of own.entries()) sizes.set(partSizes, starts[slice.first + i]);
  }
  for (const [i, { shape }] of parts.entries())
    shapeOf.fill(shapes.indexOf(shape), starts[i], starts[i + 1] ?? rows);
  const order = orderRows(late, references, (row) => shapeOf[row] as number);
  if (order === "mixed circle") return { why: "shapes", rows };
  const large = tooLargeCircle(order, sizes, {
    ...database.capabilities,
    entries: 1 + staged.table.indexCount,
  });
  if (large !== null) return { why: "circle", rows: large };
  const { to, whole } = placeRows(order, sizes, {
    bytes: limits.bytes,
    rows: limits.rows?.(staged.table.name) ?? Infinity,
  });
  return { whole, shapes: movesOf(numbered, to) };
}

interface TransactionLimits extends Pick<Capabilities, "transactionBytes" | "transactionWrites"> {
  /** In the table and its indexes, for each row. */
  entries: number;
}

/** The rows of a circle that is too much for one transaction; null where none is. */
function tooLargeCircle(
  { circles }: RowOrder,
  sizes: Int32Array,
  { transactionBytes, transactionWrites, entries }: TransactionLimits,
): number | null {
  for (let circle = 0; circle + 1 < circles.starts.length; circle++) {
    const rows = itemsOf(circles, circle);
    if (rows.length === 1) continue;
    const bytes = rows.reduce((sum, row) => sum + (sizes[row] as number) + 1, 0);
    if (bytes > transactionBytes || rows.length * entries > transactionWrites) return rows.length;
  }
  return null;
}

/** Cuts the order into steps, none of them in a circle, and each into parts. What is too much to move at once comes later. */
function placeRows(
  { circles, steps }: RowOrder,
  sizes: Int32Array,
  most: { bytes: number; rows: number },
): { to: Float64Array; whole: boolean } {
  const to = new Float64Array(sizes.length).fill(STAYS);
  let [step, part, at, all] = [-1, 0, 0, 0];
  for (const { circles: own } of steps) {
    let [bytes, rows, partBytes] = [Infinity, 0, 0];
    for (const circle of own) {
      const members = itemsOf(circles, circle);
      const size = members.reduce((sum, row) => sum + (sizes[row] as number) + 1, 0);
      if (bytes + size > most.bytes || rows + members.length > most.rows) {
        if (all > MOVED_BYTES) return { to, whole: false };
        [step, part, bytes, rows, partBytes] = [step + 1, 0, 0, 0, 0];
      }
      for (const row of members) {
        const length = (sizes[row] as number) + 1;
        if (partBytes > 0 && partBytes + length > PART_BYTES) [part, partBytes] = [part + 1, 0];
        to[row] = moveTo({ step, part, at });
        at++;
        partBytes += length;
      }
      bytes += size;
      rows += members.length;
      all += size;
    }
  }
  return { to, whole: true };
}

function movesOf({ staged, parts, starts, rows }: NumberedRows, to: Float64Array): TableMoves["shapes"] {
  const moved = parts.flatMap(({ seq, part, shape }, i) => {
    const own = to.subarray(starts[i], starts[i + 1] ?? rows);
    return own.every((place) => place === STAYS) ? [] : [{ shape, seq, part, to: own }];
  });
  return [...Map.groupBy(moved, ({ shape }) => shape)].flatMap(([text, own]) => {
    const shape = staged.shapes.find((one) => one.text === text);
    return shape === undefined ? [] : [{ rows: { staged, shape }, parts: own }];
  });
}
