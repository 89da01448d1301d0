import { count } from "../../numbers.ts";
import { type Piece, toned } from "./layout/block.ts";

/** A count in a table: none recedes. */
export function figure(n: number): Piece {
  return n === 0 ? toned("0", "faint") : count(n);
}

/** A count of what is lost. */
export function lossFigure(n: number, text = count(n)): Piece {
  return toned(text, n === 0 ? "faint" : "bad");
}
