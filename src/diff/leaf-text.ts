import type { Cell, Range } from "../archive/types.ts";
import type { CellColumn } from "../database/cells.ts";
import { D1_LIMITS } from "../database/limits.ts";
import type { Database } from "../database/port.ts";
import { selectRanges } from "../database/sql/many-ranges.ts";
import { Params } from "../database/sql/params.ts";
import { joinBalanced, quote } from "../database/sql/syntax.ts";
import type { FrameTable } from "../frames/frame-table.ts";
import { keyOrder } from "../frames/query-frames.ts";
import { isPlain } from "../frames/read-text.ts";

/*
 * The text of a leaf's rows, of which its hash is made: a line for each row, JSON arrays of its cells, as many to an array as every
 * SQLite takes. Whoever writes it writes the same: SQLite does, where its JSON functions say all of a cell, and that
 * is most of the work that is saved; else it is made of the cells. So that it does not depend on how a real is
 * printed, one that is no integer is two: what stands before its point, and the rest times 2^62.
 */

export interface LeafText {
  rows: number;
  text: string;
}

/** Cells of an array: D1 takes 32 arguments of a function. */
const CELLS = D1_LIMITS.functionArguments - 2;

/** From its rows. */
export function leafText(rows: readonly (readonly Cell[])[]): LeafText {
  return { rows: rows.length, text: rows.map(rowText).join("\n") };
}

function rowText(row: readonly Cell[]): string {
  let text = "";
  for (let from = 0; from < row.length; from += CELLS) {
    const cells = row.slice(from, from + CELLS);
    text += cells.some(isFraction) ? `[${cells.map(cellText).join(",")}]` : JSON.stringify(cells);
  }
  return text;
}

const isFraction = (cell: Cell): cell is number => typeof cell === "number" && !Number.isInteger(cell);

function cellText(cell: Cell): string {
  if (!isFraction(cell)) return JSON.stringify(cell);
  const whole = Math.trunc(cell);
  const rest = (cell - whole) * 2 ** 62;
  return Number.isInteger(rest) ? `[${whole},${BigInt(rest)}]` : JSON.stringify(cell);
}

/** A text that is longer is none of a leaf that was cut lately, characters; what comes at once has to fit the memory of a Worker. */
const LONGEST = 300_000;

/** Columns up to which SQLite is asked. */
const MOST_COLUMNS = 63;

/** Whether it is worth asking SQLite for the text: where reading rows is cheap, it is not, if there are reals to take apart. */
export function writesLeafText({ capabilities }: Database, { columns, terms }: FrameTable): boolean {
  if (terms !== undefined || columns.length > MOST_COLUMNS) return false;
  return !capabilities.directBlobs || !columns.some(({ affinity }) => affinity === "real");
}

/**
 * The texts of leaves, written by SQLite in one statement: null for one with a cell that it writes otherwise, and for one that is
 * long.
 */
export async function writtenLeafTexts(
  database: Database,
  table: FrameTable,
  leaves: readonly Range[],
): Promise<(LeafText | null)[]> {
  const found: (LeafText | null)[] = leaves.map(() => null);
  const params = new Params();
  const text = writtenOf(table);
  const sql = selectRanges(table.key.map(quote), leaves, {
    params,
    select: ({ number, from, where }) =>
      `SELECT ${number}, ${text(where)}${from === null ? "" : ` FROM ${from}`}`,
  });
  if (sql === null) return found;
  const rows = await database.query({ sql, params: params.values });
  for (const [i, written] of rows as [leaf: number, written: string | null][]) {
    // A text that is no UTF-8 arrives as another one.
    if (written !== null && !written.includes("\uFFFD")) found[i] = parseWritten(written);
  }
  return found;
}

function parseWritten(written: string): LeafText {
  const at = written.indexOf(" ");
  return { rows: Number(written.slice(0, at)), text: written.slice(at + 1) };
}

/** Of the rows for which a condition holds, with their number. Concatenated in their order: SQLite keeps that of a subquery for such aggregates. */
function writtenOf(table: FrameTable): (where: string) => string {
  const { columns, name } = table;
  const arrays: string[] = [];
  for (let from = 0; from < columns.length; from += CELLS) {
    arrays.push(
      `json_array(${columns
        .slice(from, from + CELLS)
        .map(writtenCell)
        .join(", ")})`,
    );
  }
  const line = `CASE WHEN ${joinBalanced(columns.map(isWritten), "AND")} THEN ${arrays.join(" || ")} END`;
  const text = `iif(ifnull(sum(octet_length(line)), 0) <= ${LONGEST}, count(*) || ' ' || ifnull(group_concat(line, char(10)), ''), NULL)`;
  return (where) =>
    `(SELECT iif(count(*) = count(line), ${text}, NULL) FROM (SELECT ${line} AS line FROM ${quote(name)} WHERE ${where} ${keyOrder(table)}))`;
}

const SCALE = "4611686018427387904.0";
const SAFE = Number.MAX_SAFE_INTEGER;

function writtenCell({ name, affinity }: CellColumn): string {
  const column = quote(name);
  if (affinity !== "real") return column;
  const whole = `CAST(${column} AS INTEGER)`;
  return `iif(${column} = ${whole} OR ${column} IS NULL, ${whole}, json_array(${whole}, CAST((${column} - ${whole}) * ${SCALE} AS INTEGER)))`;
}

/** Whether SQLite writes a cell as it is written from the cell itself. */
function isWritten({ name, affinity }: CellColumn): string {
  const column = quote(name);
  const isSafe = `${column} BETWEEN -${SAFE} AND ${SAFE}`;
  switch (affinity) {
    case "text":
      return `ifnull(${column} < x'', 1)`;
    case "integer":
      return `((${column} | 0) IS ${column} AND ifnull(${isSafe}, 1))`;
    case "real": {
      const rest = `(${column} - CAST(${column} AS INTEGER)) * ${SCALE}`;
      return `ifnull(${isSafe} AND ${rest} = CAST(${rest} AS INTEGER), 1)`;
    }
    default:
      return isPlain(name);
  }
}
