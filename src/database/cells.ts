import { bytesToBase64 } from "../archive/base64.ts";
import type { Cell, ColumnSchema } from "../archive/types.ts";
import { type Affinity, type AffinityOptions, affinityOf } from "./affinity.ts";
import type { Database, Value } from "./port.ts";
import { callNested, quote } from "./sql/syntax.ts";

/**
 * Reading cells exactly from an engine that bends some.
 *
 * A select asks for the columns as they are, and for one more text, the *flags*: empty for a common
 * row, else an entry `position code payload ,` for each cell that would not survive. So the common
 * row costs nothing but the check, which SQLite does. Invalid UTF-8 cannot be seen in SQL; a text
 * that arrives with U+FFFD is read again *carefully*, its bytes as a blob, and where an engine cuts texts off
 * (`wholeTexts`) all are.
 */
export interface CellColumn {
  name: string;
  affinity: Affinity;
}

export function cellColumns(columns: readonly ColumnSchema[], options: AffinityOptions): CellColumn[] {
  return columns.map(({ name, type }) => ({ name, affinity: affinityOf(type, options) }));
}

const LARGEST = "1.7976931348623157e308";
const SAFE = "9007199254740991";

/** The flags expression over `columns`, which are positions 0, 1, … of the row; "''" when nothing can need a flag. */
export function flagsExpression(columns: readonly CellColumn[], careful = false): string {
  const terms = columns.flatMap((cell, position) => {
    const term = flagTerm(cell, position, careful);
    return term === null ? [] : [term];
  });
  if (terms.length === 0) return "''";
  return terms.length === 1 ? (terms[0] as string) : callNested("concat", terms);
}

function flagTerm({ name, affinity }: CellColumn, position: number, careful: boolean): string | null {
  const column = quote(name);
  const flag = (code: string) => `'${position}${code},'`;
  const cases: string[] = [];
  if (affinity !== "text" && affinity !== "real") {
    cases.push(
      `WHEN 'integer' THEN CASE WHEN ${column} BETWEEN -${SAFE} AND ${SAFE} THEN '' ELSE '${position}i' || ${column} || ',' END`,
    );
  }
  if (affinity !== "text") {
    const infinite = `WHEN ${column} > ${LARGEST} THEN ${flag("+")} WHEN ${column} < -${LARGEST} THEN ${flag("-")}`;
    const integral =
      affinity === "real"
        ? ""
        : `WHEN ${column} BETWEEN -9.3e18 AND 9.3e18 AND ${column} = CAST(${column} AS INTEGER) THEN ${flag("r")}`;
    // Only columns without affinity keep it.
    const negativeZero = affinity === "none" ? `WHEN ${isNegativeZero(column)} THEN ${flag("z")}` : "";
    cases.push(`WHEN 'real' THEN CASE ${negativeZero} ${infinite} ${integral} ELSE '' END`);
  }
  if (careful) cases.push(`WHEN 'text' THEN ${flag("t")}`);
  return cases.length === 0 ? null : `CASE typeof(${column}) ${cases.join(" ")} ELSE '' END`;
}

/** True for −0.0 among reals. No comparison tells it from 0.0, but its direction does. */
function isNegativeZero(real: string): string {
  return `(${real} = 0 AND atan2(${real}, -1) < 0)`;
}

/** A column as it is selected. */
export function cellExpression({ name }: CellColumn, careful = false): string {
  const column = quote(name);
  return careful
    ? `CASE typeof(${column}) WHEN 'text' THEN CAST(${column} AS BLOB) ELSE ${column} END`
    : column;
}

/** Whether texts are read as they come, or as bytes. */
export type Reading = "plain" | "careful";

/** How rows are read at first. */
export function firstReading({ capabilities }: Database): Reading {
  return capabilities.wholeTexts ? "plain" : "careful";
}

/** True when a text of the row may not be what is stored: read the row again carefully. */
export function needsCare(values: readonly Value[]): boolean {
  return values.some((value) => typeof value === "string" && value.includes("\uFFFD"));
}

/** The cells of a row from its values and its flags. `values` is changed and returned. */
export function readCells(values: Value[], flags: string): Cell[] {
  const cells = values as unknown[];
  if (flags !== "") applyFlags(cells, flags);
  for (let i = 0; i < cells.length; i++) {
    const cell = cells[i];
    if (cell instanceof Uint8Array) cells[i] = { $blob: bytesToBase64(cell) };
    else if (cell === 0 && Object.is(cell, -0)) cells[i] = { $real: "-0" };
  }
  return cells as Cell[];
}

function applyFlags(cells: unknown[], flags: string): void {
  for (const entry of flags.split(",")) {
    const match = /^(\d+)(.)(.*)$/s.exec(entry);
    if (match === null) continue;
    const position = Number(match[1]);
    const value = cells[position];
    switch (match[2]) {
      case "i":
        cells[position] = { $int: match[3] };
        break;
      case "+":
        cells[position] = { $real: "Infinity" };
        break;
      case "-":
        cells[position] = { $real: "-Infinity" };
        break;
      case "z":
        cells[position] = { $real: "-0" };
        break;
      case "r":
        cells[position] = { $real: String(value) };
        break;
      case "t":
        cells[position] = readText(value as Uint8Array);
        break;
    }
  }
}

const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function readText(bytes: Uint8Array): Cell {
  try {
    return strictUtf8.decode(bytes);
  } catch {
    return { $text: bytesToBase64(bytes) };
  }
}
