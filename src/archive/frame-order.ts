import { schemaTables } from "./schema-tables.ts";
import type { FrameEntry, Key, SchemaObject } from "./types.ts";

type FrameStart = Pick<FrameEntry, "table" | "after">;

/**
 * The order that frames must have: each table's in one run, from the beginning of its key space to
 * the end, each going on where the one before ended.
 */
export class FrameOrder {
  readonly #ended = new Set<string>();
  #previous: FrameEntry | null = null;

  /** Why this frame cannot be the next; null when it can. */
  problemOf(frame: FrameStart): string | null {
    const previous = this.#previous;
    if (previous?.table === frame.table) {
      return previous.through !== null && sameKey(previous.through, frame.after)
        ? null
        : `the frames of ${frame.table} leave a gap or overlap`;
    }
    const unended = this.problemAtEnd();
    if (unended !== null) return unended;
    if (this.#ended.has(frame.table)) return `${frame.table} has frames in two places`;
    return frame.after === null ? null : `the first frame of ${frame.table} does not begin at the beginning`;
  }

  add(entry: FrameEntry): void {
    if (this.#previous !== null && this.#previous.table !== entry.table)
      this.#ended.add(this.#previous.table);
    this.#previous = entry;
  }

  /** Why the last frame added cannot be the last of its table; null when it can. */
  problemAtEnd(): string | null {
    const previous = this.#previous;
    if (previous === null || previous.through === null) return null;
    return `the last frame of ${previous.table} does not reach the end`;
  }
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
