import type { Value } from "../port.ts";

/** Collects a statement's parameters; the same value is bound once. */
export class Params {
  readonly values: Value[] = [];

  /** Where the value is bound: "?1", "?2", … */
  add(value: Value): string {
    const known = this.values.indexOf(value);
    if (known >= 0) return `?${known + 1}`;
    this.values.push(value);
    return `?${this.values.length}`;
  }
}
