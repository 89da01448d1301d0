import { type Block, isCut, isTable, isWhole, type Piece, piecesOf, textOf } from "./block.ts";
import { layOutTable } from "./lay-out-table.ts";

import { type Layout, paintPieces, wrapped } from "./layout.ts";
import { cutText, widthOf } from "./width.ts";

/** The lines to print. */
export function layOut(block: Block, layout: Layout): string[] {
  if (isTable(block)) return layOutTable(block, layout);
  if (isWhole(block)) return [paintPieces(piecesOf(block.whole), layout)];
  if (isCut(block)) return [paintPieces(cutPieces(piecesOf(block.cut), layout.width), layout)];
  return wrapped(paintPieces(piecesOf(block), layout), layout.width);
}

function cutPieces(pieces: readonly Piece[], width: number): Piece[] {
  const cut: Piece[] = [];
  let left = width;
  for (const piece of pieces) {
    const text = textOf(piece);
    if (left <= 0) break;
    const short = cutText(text, left);
    cut.push(typeof piece === "string" ? short : { ...piece, text: short });
    left -= widthOf(text);
  }
  return cut;
}
