import { type Column, type Piece, type Table, textOf, toned } from "./block.ts";
import { type Layout, paintPieces, wrapped } from "./layout.ts";
import { cutText, padded, widthOf } from "./width.ts";

/** Spaces between two columns. */
const GAP = 2;

/** Characters that a cell keeps in front of its ellipsis as long as a column can go instead, and at the least. */
const READABLE = 20;
const LEAST = 6;

/**
 * Rows under their titles, no line ending in spaces. What does not fit gives way in this order: long cells end in an
 * ellipsis, columns go, and the cells become shorter still.
 */
export function layOutTable(table: Table, layout: Layout): string[] {
  const { indent = 0 } = table;
  const { columns, rows, widths } = fitted(table, layout.width - indent);
  const before = " ".repeat(indent);
  const line = (cells: readonly Piece[]) => {
    const laid = columns.map((column, i) => layOutCell(cells[i] ?? "", column, widths[i] ?? 0));
    const height = Math.max(1, ...laid.map((lines) => lines.length));
    return Array.from({ length: height }, (_, at) => {
      const pieces = columns.flatMap(({ align = "left" }, i): Piece[] => {
        const piece = laid[i]?.[at] ?? "";
        const spaces = padded("", (widths[i] ?? 0) - widthOf(textOf(piece)), "left");
        const gap = i === columns.length - 1 ? "" : " ".repeat(GAP);
        return align === "right" ? [spaces, piece, gap] : [piece, spaces, gap];
      });
      return before + paintPieces(withoutSpacesAtEnd(pieces), layout);
    });
  };
  const titles = columns.map(({ title }) => (title === "" ? "" : toned(title, "strong")));
  return [...(titles.every((title) => title === "") ? [] : line(titles)), ...rows.flatMap(line)].map((one) =>
    one.trimEnd(),
  );
}

function layOutCell(cell: Piece, { long }: Column, width: number): Piece[] {
  const text = textOf(cell);
  if (long === "wrap") return wrapped(text, width).map((one) => withText(cell, one));
  return [long === "cut" ? withText(cell, cutText(text, width)) : cell];
}

const withText = (cell: Piece, text: string): Piece => (typeof cell === "string" ? text : { ...cell, text });

function withoutSpacesAtEnd(pieces: readonly Piece[]): Piece[] {
  const last = pieces.findLastIndex((piece) => textOf(piece).trimEnd() !== "");
  return pieces.slice(0, last + 1);
}

interface Fitting {
  columns: readonly Column[];
  rows: readonly (readonly Piece[])[];
  widths: number[];
}

function fitted({ columns, rows }: Table, width: number): Fitting {
  const natural = columns.map((column, i) =>
    Math.max(widthOf(column.title), ...rows.map((row) => widthOf(textOf(row[i] ?? "")))),
  );
  let kept = columns.map((_, i) => i);
  for (;;) {
    const own = kept.map((i) => columns[i] as Column);
    const widths = kept.map((i) => natural[i] as number);
    const dropped = own.reduce(
      (most, column, i) => ((column.drop ?? 0) > (own[most]?.drop ?? 0) ? i : most),
      0,
    );
    const canDrop = (own[dropped]?.drop ?? 0) > 0;
    shrink(own, widths, { width, least: canDrop ? READABLE : LEAST });
    if (!canDrop || total(widths) <= width) {
      return { columns: own, rows: rows.map((row) => kept.map((i) => row[i] ?? "")), widths };
    }
    kept = kept.filter((_, i) => i !== dropped);
  }
}

const total = (widths: readonly number[]): number =>
  widths.reduce((sum, one) => sum + one, 0) + GAP * Math.max(0, widths.length - 1);

/** Takes what is too much from the columns that may be shorter, the widest first. */
function shrink(
  columns: readonly Column[],
  widths: number[],
  { width, least }: { width: number; least: number },
): void {
  for (;;) {
    const over = total(widths) - width;
    if (over <= 0) return;
    const able = columns.flatMap(({ long }, i) =>
      long !== undefined && (widths[i] ?? 0) > least ? [i] : [],
    );
    const [widest, next] = able.toSorted((a, b) => (widths[b] ?? 0) - (widths[a] ?? 0));
    if (widest === undefined) return;
    const down = Math.max(least, next === undefined ? least : (widths[next] ?? 0) - 1);
    widths[widest] = Math.max(down, (widths[widest] ?? 0) - over);
  }
}
