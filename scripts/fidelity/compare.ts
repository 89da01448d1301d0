import type { Observation, StoredCell, StoredRows } from "./observe.ts";
import { show, showText } from "./show.ts";

/** What is not the same, the first of it in a few words; null when nothing is. */
export function compare(original: Observation, copy: Observation): string | null {
  return (
    compareTables(original, copy) ??
    compareObjects(original, copy) ??
    compareSequences(original, copy) ??
    compareAnswers(original, copy)
  );
}

function compareTables(original: Observation, copy: Observation): string | null {
  const several = original.tables.size > 1;
  for (const [name, rows] of original.tables) {
    const other = copy.tables.get(name);
    if (other === undefined) return `${several ? `table ${showText(name)}` : "the table"} is missing`;
    const difference = compareRows(rows, other);
    if (difference !== null) return several ? `${showText(name)}: ${difference}` : difference;
  }
  return null;
}

function compareObjects(original: Observation, copy: Observation): string | null {
  const missing = [...original.objects.keys()].filter((key) => !copy.objects.has(key));
  if (missing.length > 0) return `missing: ${missing.join(", ")}`;
  const added = [...copy.objects.keys()].filter((key) => !original.objects.has(key));
  if (added.length > 0) return `added: ${added.join(", ")}`;
  for (const [key, sql] of original.objects) {
    const other = copy.objects.get(key) as string;
    if (sql === other) continue;
    const at = [...sql].findIndex((_, i) => sql[i] !== other[i]);
    const from = Math.max(0, (at < 0 ? sql.length : at) - 8);
    const part = (text: string) => showText(text.slice(from, from + 24));
    return `the SQL of ${key}: ${part(sql)} became ${part(other)}`;
  }
  return null;
}

function compareSequences(original: Observation, copy: Observation): string | null {
  for (const [table, seq] of original.sequences) {
    const other = copy.sequences.get(table);
    if (other !== seq) return `the sequence ${seq} became ${other ?? "none"}`;
  }
  for (const [table, seq] of copy.sequences)
    if (!original.sequences.has(table)) return `a sequence of ${seq} was added`;
  return null;
}

function compareAnswers(original: Observation, copy: Observation): string | null {
  for (const [what, rows] of original.answers) {
    const difference = compareRows(rows, copy.answers.get(what) as StoredRows);
    if (difference !== null) return `${what}: ${difference}`;
  }
  return null;
}

/** Rows are compared as a bag, since a table without a key has no order; the differing ones in pairs. */
function compareRows(original: StoredRows, copy: StoredRows): string | null {
  if (original.columns.join("\0") !== copy.columns.join("\0")) {
    return `the columns became ${copy.columns.map(showText).join(", ")}`;
  }
  const lost = without(original.rows, copy.rows);
  const gained = without(copy.rows, original.rows);
  if (lost.length === 0 && gained.length === 0) return null;
  if (lost.length !== gained.length) {
    return `${copy.rows.length} of ${original.rows.length} rows${gained.length > 0 ? ", others changed" : ""}`;
  }
  const changes = lost.flatMap((row, i) =>
    row.flatMap((cell, c) => {
      const other = gained[i]?.[c] as StoredCell;
      return keyOf(cell) === keyOf(other) ? [] : [{ cell, other }];
    }),
  );
  const [first] = changes;
  if (first === undefined) throw new Error("Rows differ, and none of their cells does");
  const count = original.rows.length * original.columns.length;
  const others = changes.length === 1 ? "" : ` (and ${changes.length - 1} more of ${count} values)`;
  return `${become(first.cell, first.other)}${others}`;
}

function become(cell: StoredCell, other: StoredCell): string {
  if (cell.type !== other.type)
    return `${cell.type.toUpperCase()} ${show(cell)} became ${other.type.toUpperCase()} ${show(other)}`;
  const rounded = isNumber(cell) && isNumber(other) && isClose(Number(cell.value), Number(other.value));
  return `${show(cell)} ${rounded ? "rounded to" : "became"} ${show(other)}`;
}

function isNumber({ type }: StoredCell): boolean {
  return type === "integer" || type === "real";
}

function isClose(a: number, b: number): boolean {
  return a !== 0 && b !== 0 && Math.abs(a - b) <= Math.abs(a) * 1e-9;
}

type Rows = StoredRows["rows"];

function without(rows: Rows, others: Rows): Rows {
  const left = new Map<string, number>();
  for (const row of others) left.set(rowKey(row), (left.get(rowKey(row)) ?? 0) + 1);
  return rows.filter((row) => {
    const key = rowKey(row);
    const count = left.get(key) ?? 0;
    left.set(key, count - 1);
    return count <= 0;
  });
}

function rowKey(row: readonly StoredCell[]): string {
  return row.map(keyOf).join("\n");
}

/** Equal for equal bits. */
function keyOf({ type, value }: StoredCell): string {
  if (type === "real") return `real ${Buffer.from(new Float64Array([value]).buffer).toString("hex")}`;
  if (value instanceof Uint8Array) return `${type} ${Buffer.from(value).toString("latin1")}`;
  return `${type} ${value}`;
}
