import { bytes } from "./numbers.ts";

/** A cell as rows of plans and differences have it, or the beginning of a long one. */
export type ShownCell =
  | null
  | number
  | string
  | { $int: string }
  | { $real: string }
  | { $blob: string }
  | { $text: string }
  | { start: string; of: "text" | "blob"; bytes: number | null };

/** A row's key as a person reads it: `7`, `"ada"`, `(1, "x")`; "" for none. It may hold any character. */
export function keyText(key: Readonly<Record<string, ShownCell>> | readonly ShownCell[]): string {
  const cells = Object.values(key).map(cellText);
  return cells.length < 2 ? cells.join("") : `(${cells.join(", ")})`;
}

/** A cell on one line, texts in quotes. It may hold any character. */
export function cellText(cell: ShownCell): string {
  if (typeof cell === "string") return JSON.stringify(cell);
  if (cell === null || typeof cell === "number") return String(cell);
  if ("start" in cell) return shortText(cell);
  if ("$int" in cell) return cell.$int;
  if ("$real" in cell) return /^-?\d+$/.test(cell.$real) ? `${cell.$real}.0` : cell.$real;
  return "$blob" in cell ? `base64:${cell.$blob}` : `text as base64:${cell.$text}`;
}

function shortText({ start, of, bytes: size }: Extract<ShownCell, { start: string }>): string {
  const whole = size === null ? "long" : bytes(size);
  const text = of === "text" ? JSON.stringify(start).slice(0, -1) : `base64:${start}`;
  return start === "" ? `… (${of}, ${whole})` : `${text}… (${whole})`;
}
