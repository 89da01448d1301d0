/*
 * What a command prints, before it is known how wide the terminal is and whether it has colours: the printer lays it
 * out. Text of others has to be without control characters when it comes here.
 */

/** How a piece of a line stands out, where the terminal has colours. It says nothing that the text does not. */
export type Tone = "strong" | "faint" | "good" | "warning" | "bad";

export interface Toned {
  text: string;
  tone: Tone;
}

export type Piece = string | Toned;

/** Is broken between words where it is too long; what is indented stays indented. */
export type Line = Piece | readonly Piece[];

/** A line that is cut where it is too long. */
export interface CutLine {
  cut: Line;
}

/** A line to copy, such as a command: nobody breaks it but the terminal, which copies it as one. */
export interface WholeLine {
  whole: Line;
}

export interface Column {
  title: string;
  /** @default "left" */
  align?: "left" | "right";
  /** The columns with the highest number go first where the table is too wide. @default none goes */
  drop?: number;
  /**
   * Where the table is too wide: "cut" ends its cells in an ellipsis, "wrap" goes on in the next line.
   * @default neither
   */
  long?: "cut" | "wrap";
}

export interface Table {
  columns: readonly Column[];
  rows: readonly (readonly Piece[])[];
  /** Spaces in front of each line. @default 0 */
  indent?: number;
}

export type Block = Line | CutLine | WholeLine | Table;

export const isTable = (block: Block): block is Table => typeof block === "object" && "columns" in block;

export const isCut = (block: Block): block is CutLine => typeof block === "object" && "cut" in block;

export const isWhole = (block: Block): block is WholeLine => typeof block === "object" && "whole" in block;

export const textOf = (piece: Piece): string => (typeof piece === "string" ? piece : piece.text);

export function piecesOf(line: Line): readonly Piece[] {
  return Array.isArray(line) ? (line as readonly Piece[]) : [line as Piece];
}

export const toned = (text: string, tone: Tone): Toned => ({ text, tone });

/** The same block with other texts. */
export function withTexts(block: Block, change: (text: string) => string): Block {
  const piece = (one: Piece): Piece =>
    typeof one === "string" ? change(one) : { ...one, text: change(one.text) };
  const line = (one: Line): Line => piecesOf(one).map(piece);
  if (isTable(block)) {
    const columns = block.columns.map((column) => ({ ...column, title: change(column.title) }));
    return { ...block, columns, rows: block.rows.map((row) => row.map(piece)) };
  }
  if (isWhole(block)) return { whole: line(block.whole) };
  return isCut(block) ? { cut: line(block.cut) } : line(block);
}

/** The same blocks, so many spaces further in. */
export function indented(blocks: readonly Block[], spaces: number): Block[] {
  const before = " ".repeat(spaces);
  const further = (line: Line): Line => {
    const pieces = piecesOf(line);
    return pieces.every((piece) => textOf(piece) === "") ? "" : joined([before, ...pieces]);
  };
  return blocks.map((block): Block => {
    if (isTable(block)) return { ...block, indent: (block.indent ?? 0) + spaces };
    if (isWhole(block)) return { whole: further(block.whole) };
    return isCut(block) ? { cut: further(block.cut) } : further(block);
  });
}

/** Pieces without a tone that follow each other, as one. */
function joined(pieces: readonly Piece[]): Line {
  const all: Piece[] = [];
  for (const piece of pieces) {
    const last = all.at(-1);
    if (typeof piece === "string" && typeof last === "string") all[all.length - 1] = last + piece;
    else all.push(piece);
  }
  return all.length === 1 ? (all[0] as Piece) : all;
}

/** Names on the left, what is said of them on the right, later lines of it below. */
export function facts(pairs: readonly (readonly [string, string | readonly string[]])[]): Table {
  const rows = pairs.flatMap(([name, text]) => {
    const lines = typeof text === "string" ? [text] : text;
    return lines.map((line, i): Piece[] => [i === 0 ? toned(name, "faint") : "", line]);
  });
  return { columns: [{ title: "" }, { title: "", long: "wrap" }], rows };
}
