import { positionRows } from "../../archive/positions.ts";
import type { Row } from "../../archive/types.ts";
import { D1_LIMITS } from "../../database/limits.ts";
import type { Statement, Value } from "../../database/port.ts";
import type { LiveTable } from "../../database/schema.ts";
import { CHANGES, fenceStatement, type RunContext } from "../run/index.ts";
import { longCellStatements } from "./long-cells.ts";
import { FITTING_LENGTH, type FramePart, ShapeGroup } from "./shape-group.ts";
import type { LiveList, PartPlace } from "./staged-rows.ts";

/** Live rows for a list, as an export has them. */
export interface LiveLines {
  list: LiveList;
  table: LiveTable;
  columns: readonly string[];
  /** Lines of JSON, in the order of `columns`. */
  lines: readonly string[];
  /** Where they stand in their list, and the number of the first piece of theirs at that place. */
  place: PartPlace;
  piece: number;
}

/** Live rows in the form in which rows are staged. */
export function stageLines({ list, table, columns, lines, place, piece }: LiveLines): FramePart[] {
  const shape = { columns: [...columns] };
  // What is live has its size already.
  const group = new ShapeGroup(table.name, shape, Infinity);
  const text = lines.join(",\n");
  const positioned = positionRows(text);
  if (positioned?.rows.every((row) => row.length <= FITTING_LENGTH)) {
    for (const row of positioned.rows) group.addStaged(row);
  } else {
    for (const [i, line] of lines.entries()) {
      const row = JSON.parse(line) as Row;
      const id = `${list}.${place.seq}.${place.part}.${piece}.${i}`;
      // By name: JavaScript has an order of its own for names like "1".
      group.add(
        columns.map((name) => row[name]),
        id,
      );
    }
  }
  return group.parts();
}

export interface ListedPart extends Pick<LiveLines, "list" | "table" | "place"> {
  part: FramePart;
  piece: number;
  digest: number;
}

/** Inserts parts of lists, in one transaction with the fence; a part that is there gives way. */
export function listStatements(
  context: Pick<RunContext, "key" | "driver">,
  parts: readonly ListedPart[],
): Statement[] {
  const { key, driver } = context;
  const longCells = parts.flatMap(({ part }) => part.longCells);
  return [
    fenceStatement(key, driver),
    ...longCellStatements(context, longCells),
    ...groupParts(parts).map((group) => insertParts(key, group)),
  ];
}

/** Parameters of a part, and what one statement takes. */
const PARAMS = 11;

const PARTS_PER_STATEMENT = Math.floor((D1_LIMITS.parameters - 1) / PARAMS);

const STATEMENT_BYTES = 4_200_000;

function groupParts(parts: readonly ListedPart[]): ListedPart[][] {
  const groups: ListedPart[][] = [];
  let bytes = 0;
  for (const one of parts) {
    const last = groups.at(-1);
    bytes += one.part.bytes;
    if (last === undefined || last.length === PARTS_PER_STATEMENT || bytes > STATEMENT_BYTES) {
      groups.push([one]);
      bytes = one.part.bytes;
    } else last.push(one);
  }
  return groups;
}

function insertParts(key: string, parts: readonly ListedPart[]): Statement {
  const params: Value[] = [key];
  const rows = parts.map(({ list, table, place, part, piece, digest }) => {
    params.push(list, place.seq, place.part, piece, table.name, JSON.stringify(part.shape));
    params.push(part.codes, part.rows, part.bytes, digest, part.json);
    const first = params.length - PARAMS;
    return `(?1, ${Array.from({ length: PARAMS }, (_, i) => `?${first + i + 1}`).join(", ")}, 0)`;
  });
  return {
    sql: `INSERT INTO ${CHANGES} (run, list, seq, part, piece, tbl, shape, codes, row_count, bytes, digest, rows, updates)
      VALUES ${rows.join(", ")} ON CONFLICT (run, list, seq, part, piece) DO UPDATE SET tbl = excluded.tbl, shape = excluded.shape,
        codes = excluded.codes, row_count = excluded.row_count, bytes = excluded.bytes, digest = excluded.digest, rows = excluded.rows`,
    params,
  };
}
