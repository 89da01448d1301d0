import * as v from "valibot";

/** A cell as an archive has it. */
export const cell = v.union([
  v.null(),
  v.number(),
  v.string(),
  v.strictObject({ $int: v.string() }),
  v.strictObject({ $blob: v.string() }),
  v.strictObject({ $real: v.string() }),
  v.strictObject({ $text: v.string() }),
]);
