import { encodeRow } from "../../../../src/archive/cells.ts";
import type { ByteSource, Cell, Row } from "../../../../src/archive/types.ts";
import type { FrameToWrite } from "../../../../src/archive/writer.ts";
import type { Database } from "../../../../src/database/port.ts";
import { archiveOfFrames, keyOf, type TakenRow, takeRows } from "../../../support/keyed-archive.ts";

type Taken = Awaited<ReturnType<typeof takeRows>>;

/** The before-images of all that differs between two moments of a database, made by comparing its exports. */
export async function madeImages(before: Taken, after: Taken): Promise<ByteSource> {
  const { schema } = after;
  const frames = schema.flatMap((object): FrameToWrite[] => {
    if (object.type !== "table") return [];
    const { name } = object;
    const was = byKey(name, before);
    const is = byKey(name, after);
    const updated: Row[] = [];
    const deleted: Row[] = [];
    const made: Row[] = [];
    for (const [key, { row, line }] of was) {
      const now = is.get(key);
      if (now === undefined) deleted.push(row);
      else if (now.line !== line) {
        updated.push(row);
        made.push(changedCells(object.key.columns, row, now.row));
      }
    }
    for (const [key, { row }] of is) if (!was.has(key)) made.push(row);
    return [
      ...frameOf(name, updated, {}),
      ...frameOf(name, deleted, { deleted: true }),
      ...frameOf(name, made, { made: true }),
    ];
  });
  return archiveOfFrames({ kind: "before-images", schema }, frames);
}

export const taken = (database: Database): Promise<Taken> => takeRows(database);

function byKey(table: string, { schema, rows }: Taken): Map<string, TakenRow> {
  return new Map(rows(table).map((one) => [JSON.stringify(keyOf(schema, table, one.row)), one]));
}

function changedCells(key: readonly string[], before: Row, now: Row): Row {
  const cells = Object.entries(now).filter(
    ([name, cell]) => key.includes(name) || JSON.stringify(cell) !== JSON.stringify(before[name]),
  );
  return Object.fromEntries(cells) as Record<string, Cell>;
}

function frameOf(
  table: string,
  rows: readonly Row[],
  are: Pick<FrameToWrite, "made" | "deleted">,
): FrameToWrite[] {
  if (rows.length === 0) return [];
  const text = rows.map((row) => encodeRow(Object.keys(row), Object.values(row))).join(",\n");
  return [{ table, rows: rows.length, keys: rows.length, ...are, after: null, through: null, text }];
}
