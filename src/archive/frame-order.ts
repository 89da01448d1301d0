import type { FrameEntry, Key } from "./types.ts";

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

function sameKey(a: Key, b: Key): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
