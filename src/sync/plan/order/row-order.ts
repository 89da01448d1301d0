/*
 * In which order rows of one table are written, so that each comes behind the rows that it points to. Rows are numbers:
 * their places among all that are written.
 */

/** `from[i]` points to `to[i]`. */
export interface References {
  from: Int32Array;
  to: Int32Array;
}

/** Rows in the order in which they can be written. */
export interface RowOrder {
  /** Circles: rows that point to each other, and have to be written together. Most have one row. */
  circles: Lists;
  steps: RowStep[];
}

/** Circles of rows of one kind, by their numbers, each behind those that it points to. Rows of a kind can be written together. */
export interface RowStep {
  kind: number;
  circles: number[];
}

/** Rows that point to each other in a circle, and are not of one kind. */
export type MixedCircle = "mixed circle";

/** 1 for rows that have to wait for a row behind them, or for one that waits itself. */
export function lateRows(rows: number, { from, to }: References): Uint8Array {
  const late = new Uint8Array(rows);
  const waiting: number[] = [];
  const wait = (row: number) => {
    if (late[row] === 1) return;
    late[row] = 1;
    waiting.push(row);
  };
  for (let i = 0; i < from.length; i++) {
    if ((from[i] as number) < (to[i] as number)) wait(from[i] as number);
  }
  const children = listsOf(rows, to, from);
  for (let row = waiting.pop(); row !== undefined; row = waiting.pop()) {
    for (const child of itemsOf(children, row)) wait(child);
  }
  return late;
}

/** The late rows in an order in which each comes behind those that it points to. As few changes of kind as are quickly found. */
export function orderRows(
  late: Uint8Array,
  { from, to }: References,
  kindOf: (row: number) => number,
): RowOrder | MixedCircle {
  const isLate = (_: number, i: number) => late[from[i] as number] === 1 && late[to[i] as number] === 1;
  const own = { from: from.filter(isLate), to: to.filter(isLate) };
  const { circleOf, circles } = findCircles(late, own);
  const kinds = new Int32Array(circles.starts.length - 1);
  for (let circle = 0; circle < kinds.length; circle++) {
    const [first, ...others] = itemsOf(circles, circle);
    kinds[circle] = kindOf(first as number);
    if (others.some((row) => kindOf(row) !== kinds[circle])) return "mixed circle";
  }
  const ofRow = (row: number) => circleOf[row] as number;
  const below = listsOf(kinds.length, own.to.map(ofRow), own.from.map(ofRow));
  const waitsFor = new Int32Array(kinds.length);
  for (let circle = 0; circle < kinds.length; circle++)
    for (const child of itemsOf(below, circle))
      if (child !== circle) waitsFor[child] = (waitsFor[child] as number) + 1;
  return { circles, steps: takeReady({ kinds, below, waitsFor }) };
}

interface Waiting {
  /** Of each circle. */
  kinds: Int32Array;
  below: Lists;
  /** Of each circle: references to others that are not written yet. */
  waitsFor: Int32Array;
}

/** Takes all that is ready of one kind before it looks at another. */
function takeReady({ kinds, below, waitsFor }: Waiting): RowStep[] {
  const ready = new Map<number, number[]>();
  const offer = (circle: number) => {
    const kind = kinds[circle] as number;
    const own = ready.get(kind);
    if (own === undefined) ready.set(kind, [circle]);
    else own.push(circle);
  };
  for (let circle = 0; circle < kinds.length; circle++) if (waitsFor[circle] === 0) offer(circle);
  const steps: RowStep[] = [];
  for (;;) {
    const [next] = ready;
    if (next === undefined) return steps;
    const [kind, circles] = next;
    // It grows while it is read.
    for (let at = 0; at < circles.length; at++) {
      const circle = circles[at] as number;
      for (const child of itemsOf(below, circle)) {
        if (child === circle) continue;
        waitsFor[child] = (waitsFor[child] as number) - 1;
        if (waitsFor[child] === 0) offer(child);
      }
    }
    ready.delete(kind);
    steps.push({ kind, circles });
  }
}

interface Circles {
  /** Of each late row. */
  circleOf: Int32Array;
  circles: Lists;
}

/** Strongly connected components, by Tarjan's algorithm, without recursion: a chain may have all the rows. */
function findCircles(late: Uint8Array, { from, to }: References): Circles {
  const rows = late.length;
  const parents = listsOf(rows, from, to);
  const [index, low, next, circleOf] = [0, 0, 0, 0].map(() => new Int32Array(rows).fill(-1)) as [
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
  ];
  const starts = [0];
  const items = new Int32Array(rows);
  const open: number[] = [];
  const path: number[] = [];
  let found = 0;
  const enter = (row: number) => {
    index[row] = low[row] = found++;
    next[row] = parents.starts[row] as number;
    open.push(row);
    path.push(row);
  };
  const reach = (row: number, seen: number) => {
    if (seen < (low[row] as number)) low[row] = seen;
  };
  for (let start = 0; start < rows; start++) {
    if (late[start] !== 1 || index[start] !== -1) continue;
    enter(start);
    while (path.length > 0) {
      const row = path.at(-1) as number;
      const at = next[row] as number;
      if (at < (parents.starts[row + 1] as number)) {
        next[row] = at + 1;
        const parent = parents.items[at] as number;
        if (index[parent] === -1) enter(parent);
        else if (circleOf[parent] === -1) reach(row, index[parent] as number);
        continue;
      }
      path.pop();
      const below = path.at(-1);
      if (below !== undefined) reach(below, low[row] as number);
      if (low[row] !== index[row]) continue;
      const first = starts.at(-1) as number;
      let last = first;
      for (let member = -1; member !== row; last++) {
        member = open.pop() as number;
        circleOf[member] = starts.length - 1;
        items[last] = member;
      }
      starts.push(last);
    }
  }
  return { circleOf, circles: { starts: Int32Array.from(starts), items } };
}

/** Lists of numbers, one behind the other. */
export interface Lists {
  starts: Int32Array;
  items: Int32Array;
}

function listsOf(count: number, keys: Int32Array, values: Int32Array): Lists {
  const starts = new Int32Array(count + 1);
  for (const key of keys) starts[key + 1] = (starts[key + 1] as number) + 1;
  for (let i = 0; i < count; i++) starts[i + 1] = (starts[i + 1] as number) + (starts[i] as number);
  const ends = starts.slice(0, count);
  const items = new Int32Array(values.length);
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i] as number;
    items[ends[key] as number] = values[i] as number;
    ends[key] = (ends[key] as number) + 1;
  }
  return { starts, items };
}

/** One of the lists. */
export function itemsOf({ starts, items }: Lists, key: number): Int32Array {
  return items.subarray(starts[key], starts[key + 1]);
}
