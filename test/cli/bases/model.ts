/*
 * What becomes of rows that are exchanged, written down from docs/both-sides.md: it shares no code with what it is to
 * hold. Of a cell, or of a row where one of the three has none:
 *
 *   base = source    the target keeps its own
 *   base = target    the target takes the source's
 *   source = target  nothing is to be done
 *   else             a conflict
 */

export type Side = "left" | "right";
/** Cells by column, in lower case. A column that is lacking in the base is not known. */
export type ModelRow = ReadonlyMap<string, string>;
export type ModelRows = ReadonlyMap<string, ModelRow>;
export interface Known {
  left: ModelRows;
  right: ModelRows;
  base: ModelRows;
}
export type Columns = Record<Side, readonly string[]>;
export interface Exchange {
  from: Side;
  mode: "merge" | "insert" | "mirror";
  onEdit: "stop" | "ours" | "theirs";
}

interface Exchanged {
  /** "refused": the target lacks a column. */
  ends: "done" | "conflict" | "refused";
  next: ModelRows;
  base: ModelRows;
}

export function exchanged(known: Known, columns: Columns, { from, mode, onEdit }: Exchange): Exchanged {
  const to = from === "left" ? "right" : "left";
  const common = columns[from].filter((name) => columns[to].includes(name));
  const next = new Map(known[to]);
  const base = new Map(Array.from(known.base, ([id, row]) => [id, only(row, common)] as const));
  if (common.length < columns[from].length) return { ends: "refused", next, base };
  let conflicts = 0;
  for (const id of new Set([...known.left.keys(), ...known.right.keys(), ...known.base.keys()])) {
    const [ours, theirs, before] = [known[from].get(id), known[to].get(id), base.get(id)];
    if (ours === undefined && theirs !== undefined && mode !== "mirror") continue;
    const isSame = isSameRow(ours, theirs, common);
    if (ours !== undefined && theirs !== undefined && mode === "insert" && !isSame) continue;
    if (ours === undefined) base.delete(id);
    else base.set(id, only(ours, common));
    if (isSame) continue;
    if (ours === undefined || theirs === undefined || before === undefined) {
      if (isSameRow(before, ours, common)) continue;
      const isTaken = isSameRow(before, theirs, common);
      if (!isTaken) conflicts++;
      if (isTaken || onEdit === "ours") put(next, id, ours, columns[to]);
      continue;
    }
    const row = new Map(theirs);
    let collides = false;
    for (const name of common) {
      const [own, target, old] = [ours.get(name) as string, theirs.get(name), before.get(name)];
      if (own === target || own === old) continue;
      if (target !== old) collides = true;
      if (target === old || onEdit === "ours") row.set(name, own);
    }
    if (collides) conflicts++;
    next.set(id, row);
  }
  return { ends: conflicts > 0 && onEdit === "stop" ? "conflict" : "done", next, base };
}

/** Columns of its own have in a new row of the target what they have by default. */
function put(
  rows: Map<string, ModelRow>,
  id: string,
  row: ModelRow | undefined,
  columns: readonly string[],
): void {
  if (row === undefined) rows.delete(id);
  else rows.set(id, new Map(columns.map((name) => [name, row.get(name) ?? "int 5"])));
}

const only = (row: ModelRow, columns: readonly string[]): ModelRow =>
  new Map([...row].filter(([name]) => columns.includes(name)));

function isSameRow(
  one: ModelRow | undefined,
  two: ModelRow | undefined,
  columns: readonly string[],
): boolean {
  if (one === undefined || two === undefined) return one === two;
  return columns.every((name) => one.get(name) !== undefined && one.get(name) === two.get(name));
}
