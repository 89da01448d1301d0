import { wrapAnsi } from "fast-wrap-ansi";
import type { Piece, Toned } from "./block.ts";
import { widthOf } from "./width.ts";

export interface Layout {
  /** Columns of the terminal; infinite where nobody breaks lines. */
  width: number;
  /** Gives a text its tone. */
  paint(piece: Toned): string;
}

/** Lines as they are, for whatever is no terminal. */
export const PLAIN: Layout = { width: Number.POSITIVE_INFINITY, paint: ({ text }) => text };

export function paintPieces(pieces: readonly Piece[], { paint }: Layout): string {
  return pieces.map((piece) => (typeof piece === "string" ? piece : paint(piece))).join("");
}

/** Broken between words; later lines begin below the first one. */
export function wrapped(text: string, width: number): string[] {
  const indent = Math.min(/^ */.exec(text)?.[0].length ?? 0, Math.floor(width / 2));
  return text.split("\n").flatMap((line, i) => {
    const own = i === 0 ? line.slice(indent) : line;
    const fits = widthOf(own) <= width - indent;
    const lines = fits ? [own] : wrapAnsi(own, Math.max(1, width - indent), { hard: true }).split("\n");
    return lines.map((one) => (one === "" ? "" : " ".repeat(indent) + one));
  });
}
