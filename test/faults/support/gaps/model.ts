import {
  type Change,
  changesBetween,
  isSame,
  type Row,
  SHAPES,
  type State,
  type TableName,
} from "./tables.ts";

/** Something that a sync may not do. */
export class Fault extends Error {}

function fault(what: string, change: unknown): Fault {
  return new Fault(`${what}: ${JSON.stringify(change)}`);
}

/** A child that points to a row which comes later, is written twice. */
const LATE: readonly string[] = ["next"];

interface Pending {
  planned: Change;
  /** Columns that are not yet what they become. */
  cells: Set<string>;
}

/**
 * Holds a sync to its plan: each change that it makes has to be one that was planned, made of what the plan saw,
 * and once. The app's own changes are not told to it.
 */
export class Tally {
  readonly #pending: Pending[];
  /** Rows that are gone as planned. */
  readonly #deleted: Change[] = [];
  /** Rows that were to be deleted, and that the app has deleted before: what it puts there later is its own. */
  readonly #goneBefore = new Set<Pending>();
  readonly #parts: boolean;
  /** Rows that the sync has changed. */
  made = 0;

  constructor(planned: readonly Change[], { parts }: { parts: boolean }) {
    this.#parts = parts;
    this.#pending = planned.map((one) => ({ planned: one, cells: new Set(changedColumns(one)) }));
  }

  /** What the sync did between two moments. */
  did(from: State, to: State): void {
    for (const one of this.#pending)
      if (one.planned.after === null && !from[one.planned.table].has(one.planned.key))
        this.#goneBefore.add(one);
    for (const change of changesBetween(from, to)) {
      this.made++;
      this.#take(change);
    }
  }

  #take(change: Change): void {
    const found = this.#pending.findIndex(({ planned }) => isOf(planned, change));
    const entry = this.#pending[found];
    if (entry === undefined) {
      if (this.#isMadeAgain(change)) return;
      throw fault("A row that nobody planned to change was changed", change);
    }
    const { planned, cells } = entry;
    const { before, after } = change;
    if (planned.after === null) {
      if (after !== null) throw fault("A row that was to be deleted was changed", change);
      if (!isSame(before, planned.before)) throw fault("A row was deleted that had moved", change);
      cells.clear();
      this.#deleted.push(planned);
    } else if (after === null) throw fault("A row that was to be written was deleted", change);
    else {
      for (const name of changedColumns(change)) {
        if (!cells.has(name)) throw fault(`"${name}" was not to be changed`, change);
        const late = this.#parts && LATE.includes(name);
        const was = before === null ? null : before[name];
        const saw = planned.before === null ? null : planned.before[name];
        if (was !== saw && !(late && was === null))
          throw fault(`"${name}" was changed and had moved`, change);
        if (after[name] === planned.after[name]) cells.delete(name);
        else if (!(late && after[name] === null))
          throw fault(`"${name}" became something else than planned`, change);
      }
    }
    if (cells.size === 0) this.#pending.splice(found, 1);
  }

  /**
   * Between two transactions the app has made a row that is in its key and every cell the one that the plan deletes, and that was
   * deleted: nobody can tell the two apart.
   */
  #isMadeAgain(change: Change): boolean {
    const isIt = (one: Change) => isOf(one, change) && isSame(change.before, one.before);
    return this.#parts && change.after === null && this.#deleted.some(isIt);
  }

  /** All of it is done. */
  complete(state: State): void {
    for (const one of this.#pending) {
      const { planned, cells } = one;
      const now = state[planned.table].get(planned.key) ?? null;
      // What the app has done itself is done.
      if (
        planned.after === null
          ? this.#parts && (now === null || this.#goneBefore.has(one))
          : now !== null && [...cells].every((name) => now[name] === planned.after?.[name])
      )
        continue;
      throw fault("A row that was planned was left out", { ...planned, now });
    }
  }
}

function isOf(planned: Change, change: Change): boolean {
  if (planned.table !== change.table) return false;
  if (planned.table !== "loose" || planned.before !== null || change.before !== null)
    return planned.key === change.key;
  // A new row of a table without a key has any rowid.
  return change.after !== null && ["a", "v"].every((name) => planned.after?.[name] === change.after?.[name]);
}

export function changedColumns({ table, before, after }: Change): string[] {
  if (before === null || after === null)
    return SHAPES[table].columns
      .map(({ name }) => name)
      .filter((name) => before !== null || table !== "loose" || name !== "rowid");
  return SHAPES[table].columns.map(({ name }) => name).filter((name) => before[name] !== after[name]);
}

export interface Promised {
  /** What the source has of each table that it has. */
  source: ReadonlyMap<TableName, readonly Row[]>;
  /** Of a table of which it has single rows: the keys that it says to be gone. */
  gone: ReadonlyMap<TableName, ReadonlySet<string>>;
  mode: "merge" | "insert" | "mirror";
  onConflict: "fail" | "skip" | "replace";
  parts: boolean;
}

/** Changes that no plan of this source could have made. */
export function refuteChanges(from: State, to: State, promised: Promised): void {
  for (const change of changesBetween(from, to)) {
    if (!isPossible(change, from, promised)) throw fault("No plan of this source changes a row so", change);
  }
}

function isPossible({ table, key, before, after }: Change, from: State, promised: Promised): boolean {
  const { source, gone, mode, onConflict, parts } = promised;
  const rows = source.get(table);
  if (rows === undefined) return false;
  if (table === "loose" && mode !== "mirror")
    return before === null && rows.some(({ a, v }) => a === after?.a && v === after?.v);
  const incoming = rows.find((row) => keyText(table, row) === key);
  if (incoming === undefined) {
    if (after !== null) return false;
    if (mode === "mirror" && gone.get(table)?.has(key) !== false) return true;
    return (
      onConflict === "replace" &&
      SHAPES[table].unique.some(
        (name) => before?.[name] !== null && rows.some((row) => row[name] === before?.[name]),
      )
    );
  }
  if (mode === "insert" && from[table].has(key)) return false;
  if (after === null) return false;
  return SHAPES[table].columns.every(({ name }) => {
    if (after[name] === (before?.[name] ?? null)) return true;
    if (parts && LATE.includes(name) && after[name] === null) return true;
    return name in incoming && after[name] === incoming[name];
  });
}

function keyText(table: TableName, row: Row): string {
  return JSON.stringify(SHAPES[table].key.map((name) => row[name]));
}

/** Where a state is not what a completed sync promises. Not for rows that the app has touched. */
export function refuteCompletion(state: State, promised: Promised): void {
  const { source, gone, mode, onConflict } = promised;
  if (onConflict === "skip") return;
  for (const [table, rows] of source) {
    if (table === "loose" && mode !== "mirror") {
      const count = (list: Iterable<Row>) => [...list].map(({ a, v }) => `${a} ${v}`).sort();
      const there = count(state.loose.values());
      for (const one of count(rows)) {
        const at = there.indexOf(one);
        if (at < 0) throw fault("A row of the source is missing", { table, one });
        there.splice(at, 1);
      }
      continue;
    }
    for (const row of rows) {
      const now = state[table].get(keyText(table, row));
      if (now === undefined) throw fault("A row of the source is missing", { table, row });
      if (mode === "insert") continue;
      if (Object.keys(row).some((name) => row[name] !== now[name]))
        throw fault("A row is not the source's", { table, row, now });
    }
    const keys = gone.get(table);
    if (mode !== "mirror") continue;
    if (keys !== undefined) {
      const left = [...keys].filter((key) => state[table].has(key));
      if (left.length > 0) throw fault("Rows are there that should be gone", { table, left });
    } else if (state[table].size !== rows.length)
      throw fault("A mirror has other rows", { table, rows: [...state[table].values()] });
  }
}

/**
 * The app wrote a foreign key of a listed row that many transactions write in a pass of their own: they write it for
 * all rows of the table, also where the plan would leave it.
 */
export function touchesLate(app: readonly Change[], planned: readonly Change[]): boolean {
  return app.some(
    (change) =>
      changedColumns(change).some((name) => LATE.includes(name)) &&
      planned.some(({ table, key }) => table === change.table && key === change.key),
  );
}

/** The app touched nothing that the plan lists, and no value or row that it needs: so nothing stops the plan. */
export function isHarmless(
  app: readonly Change[],
  planned: readonly Change[],
  source: Promised["source"],
): boolean {
  const columns = new Map<string, Set<string>>();
  for (const one of planned) {
    const own = columns.get(one.table) ?? new Set<string>();
    columns.set(one.table, own);
    for (const name of changedColumns(one)) if (one.before !== null && one.after !== null) own.add(name);
  }
  return app.every((change) => {
    const { table, key, before, after } = change;
    const listed = planned.find((one) => one.table === table && one.key === key);
    if (listed !== undefined) {
      if (listed.before === null || listed.after === null || after === null || before === null) return false;
      if (changedColumns(change).some((name) => columns.get(table)?.has(name))) return false;
    }
    if (table === "loose" && source.has("loose")) {
      const rows = source.get("loose") ?? [];
      if ([before, after].some((row) => row !== null && rows.some(({ a, v }) => a === row.a && v === row.v)))
        return false;
    }
    const brings = (row: Row | null) =>
      SHAPES[table].unique.some(
        (name) =>
          row !== null &&
          row[name] !== null &&
          planned.some(
            (one) =>
              one.table === table && (one.after?.[name] === row[name] || one.before?.[name] === row[name]),
          ),
      );
    if (brings(after)) return false;
    // What it points to does not go, and what it was is not pointed to.
    for (const { column, parent, to } of SHAPES[table].references) {
      if (after === null || after[column] === null) continue;
      if (planned.some((one) => one.table === parent && one.before?.[to] === after[column])) return false;
    }
    if (before === null) return true;
    return !Object.entries(SHAPES).some(([child, { references }]) =>
      references.some(
        ({ column, parent, to }) =>
          parent === table &&
          before[to] !== after?.[to] &&
          planned.some((one) => one.table === child && one.after?.[column] === before[to]),
      ),
    );
  });
}
