import type { Value } from "../../../../src/database/port.ts";
import { type Change, keyOf, NAMES, type Row, SHAPES, type State, type TableName } from "./tables.ts";

export const KINDS = ["update", "insert", "delete", "swap", "point", "take", "hit"] as const;

/**
 * A change to the rows that are there, in small numbers, so that it says something of any rows: `update` sets a
 * column of a row, also of its key; `swap` exchanges two rows' unique values; `point` makes a child point to a parent
 * that the plan deletes or changes; `take` gives a row a unique value that the plan brings; `hit` is about a row that
 * the plan lists.
 */
export interface Write {
  kind: (typeof KINDS)[number];
  table: TableName;
  row: number;
  column: number;
  value: number;
}

/** What a write comes to. `planned`: what the sync is about to do. */
export function resolveWrite(state: State, write: Write, planned: readonly Change[] = []): Change[] {
  const { table, row: at, value } = write;
  const rows = [...state[table].values()];
  const row = pick(rows, at);
  switch (write.kind) {
    case "insert": {
      const after = rowOf(table, [value, at, write.column, value + at, at + write.column]);
      return [{ table, key: keyOf(table, after), before: null, after }];
    }
    case "delete":
      return row === undefined ? [] : [{ table, key: keyOf(table, row), before: row, after: null }];
    case "update": {
      const column = pick(SHAPES[table].columns, write.column);
      if (row === undefined || column === undefined) return [];
      return change(table, row, { [column.name]: column.cell(value) });
    }
    case "swap": {
      const name = pick(SHAPES[table].unique, write.column);
      const other = pick(rows, value);
      if (name === undefined || row === undefined || other === undefined || row === other) return [];
      return swap(table, name, [row, other]);
    }
    case "hit":
      return hitting(state, write, planned);
    case "point":
      return pointing(state, write, planned);
    case "take": {
      const brought = planned.flatMap((one) => (one.after === null ? [] : [{ ...one, after: one.after }]));
      const found = pick(
        brought.flatMap(({ table, after }) => SHAPES[table].unique.map((name) => ({ table, name, after }))),
        value,
      );
      if (found === undefined) return [];
      const taker = pick([...state[found.table].values()], at);
      const cell = { [found.name]: found.after[found.name] as Value };
      if (taker !== undefined && write.column % 2 === 0) return change(found.table, taker, cell);
      const after = { ...rowOf(found.table, [at + 8, 0, at + 8, 0, 0]), ...cell };
      return [{ table: found.table, key: keyOf(found.table, after), before: null, after }];
    }
  }
}

function hitting(state: State, write: Write, planned: readonly Change[]): Change[] {
  const found = pick(planned, write.row);
  if (found === undefined) return [];
  const { table, key } = found;
  const row = state[table].get(key);
  if (row === undefined)
    return found.after === null
      ? []
      : [{ table, key, before: null, after: changed(table, found.after, write) }];
  if (write.value === 0) return [{ table, key, before: row, after: null }];
  return change(table, row, changed(table, row, write));
}

/** With another cell in a column. */
function changed(table: TableName, row: Row, { column, value }: Write): Row {
  const { name, cell } = pick(SHAPES[table].columns, column) as (typeof SHAPES)[TableName]["columns"][number];
  return { ...row, [name]: cell(value) };
}

function pointing(state: State, { row: at, column, value }: Write, planned: readonly Change[]): Change[] {
  const going = planned.filter(({ table, before }) => table === "parent" && before !== null);
  const parent = pick(going, value)?.before ?? pick([...state.parent.values()], value);
  const table = pick(["child", "going", "follower"] as const, column) as "child" | "going" | "follower";
  if (parent === undefined) return [];
  const cell: Record<string, Value> =
    table === "follower" ? { code: parent.code as Value } : { parent: parent.id as Value };
  const row = pick([...state[table].values()], at);
  if (row !== undefined && at % 2 === 0) return change(table, row, cell);
  const after = { ...rowOf(table, [at + 8, 0, 0, 0, 0]), ...cell };
  return [{ table, key: keyOf(table, after), before: null, after }];
}

function change(table: TableName, before: Row, cells: Row): Change[] {
  const after = { ...before, ...cells };
  return [{ table, key: keyOf(table, before), before, after }];
}

function swap(table: TableName, name: string, [one, other]: [Row, Row]): Change[] {
  const away = SHAPES[table].columns.find((column) => column.name === name)?.cell(99) as Value;
  const parked = { ...one, [name]: away };
  return [
    ...change(table, one, { [name]: away }),
    ...change(table, other, { [name]: one[name] as Value }),
    ...change(table, parked, { [name]: other[name] as Value }),
  ];
}

export function rowOf(table: TableName, numbers: readonly number[]): Row {
  return Object.fromEntries(SHAPES[table].columns.map(({ name, cell }, i) => [name, cell(numbers[i] ?? 0)]));
}

/** The state with some writes in it, whether or not a database takes it. */
export function written(state: State, writes: readonly Write[]): State {
  const rows = Object.fromEntries(NAMES.map((name) => [name, new Map(state[name])])) as unknown as State;
  for (const write of writes) {
    for (const { table, key, after } of resolveWrite(rows, write)) {
      rows[table].delete(key);
      if (after !== null) rows[table].set(keyOf(table, after), after);
    }
  }
  return rows;
}

const pick = <T>(list: readonly T[], at: number): T | undefined => list[at % list.length];
