import { schemaTables } from "./schema-tables.ts";
import type { FrameEntry, Key, SchemaObject } from "./types.ts";

type FrameStart = Pick<FrameEntry, "table" | "after" | "keys" | "keyless">;

/**
 * The order that frames must have: each table's in one run, each going on where the one before ended. Ranges
 * cover the key space from its beginning to its end; keyed frames leave out what lies between their keys, or say
 * nothing of an order.
 */
export class FrameOrder {
  readonly #ended: Set<string>;
  #previous: FrameEntry | null;

  /** `ended`: the tables that are behind `previous`, the last frame. */
  constructor(ended: Iterable<string> = [], previous: FrameEntry | null = null) {
    this.#ended = new Set(ended);
    this.#previous = previous;
  }

  /** Why this frame cannot be the next; null when it can. */
  problemOf(frame: FrameStart): string | null {
    const previous = this.#previous;
    if (previous?.table === frame.table) return problemWithin(previous, frame);
    const unended = this.problemAtEnd();
    if (unended !== null) return unended;
    if (this.#ended.has(frame.table)) return `${frame.table} has frames in two places`;
    return beginningOf(frame) === null
      ? null
      : `the first frame of ${frame.table} does not begin at the beginning`;
  }

  add(entry: FrameEntry): void {
    if (this.#previous !== null && this.#previous.table !== entry.table)
      this.#ended.add(this.#previous.table);
    this.#previous = entry;
  }

  /** Why the last frame added cannot be the last of its table; null when it can. */
  problemAtEnd(): string | null {
    const previous = this.#previous;
    if (previous === null || previous.through === null || isKeyed(previous)) return null;
    return `the last frame of ${previous.table} does not reach the end`;
  }
}

function problemWithin(previous: FrameEntry, frame: FrameStart): string | null {
  const { table } = frame;
  if (isKeyed(previous) !== isKeyed(frame)) return `the frames of ${table} are of two kinds`;
  const after = beginningOf(frame);
  const unordered = isKeyed(frame) && previous.through === null && after === null;
  const follows = unordered || (previous.through !== null && sameKey(previous.through, after));
  return follows ? null : `the frames of ${table} leave a gap or overlap`;
}

/** Rows without keys stand in no order, wherever theirs may begin. */
function beginningOf({ after, keyless }: Pick<FrameStart, "after" | "keyless">): Key {
  return keyless ? null : after;
}

export function isKeyed({ keys }: Pick<FrameEntry, "keys">): boolean {
  return keys !== undefined;
}

/** Why these cannot be all frames of a source, in their order; null when they can. */
export function problemOfOrder(frames: readonly FrameEntry[]): string | null {
  const order = new FrameOrder();
  for (const frame of frames) {
    const problem = order.problemOf(frame);
    if (problem !== null) return problem;
    order.add(frame);
  }
  return order.problemAtEnd();
}

/** Why these keys cannot be of these tables; null when they can: each has a cell for each column of its key. */
export function problemOfKeys(frames: readonly FrameEntry[], schema: readonly SchemaObject[]): string | null {
  const lengths = new Map(schemaTables(schema).map(({ name, key }) => [name, key.columns.length]));
  const other = frames.find(({ table, after, through }) => {
    const length = lengths.get(table);
    return length !== undefined && [after, through].some((key) => key !== null && key.length !== length);
  });
  return other === undefined ? null : `a frame of ${other.table} is bounded by what is no key of it`;
}

function sameKey(a: Key, b: Key): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
