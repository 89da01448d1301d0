import * as v from "valibot";
import { cell } from "../cell.ts";
import { milliseconds } from "./common.ts";
import { shortCell } from "./plan.ts";

const shown = v.union([cell, shortCell]);

const conflict = v.strictObject({
  table: v.string(),
  key: v.pipe(v.array(shown), v.description("The key's cells, in key order.")),
  is: v.pipe(
    v.picklist(["edited", "deleted-at-source", "deleted-at-target", "added"]),
    v.description(
      "edited: both have edited cells of it. deleted-…: one has deleted it, the other edited it. added: both have added it, with other cells.",
    ),
  ),
  cells: v.exactOptional(
    v.pipe(
      v.array(
        v.strictObject({
          column: v.string(),
          base: v.exactOptional(
            v.pipe(
              shown,
              v.description("As both had it when they last exchanged rows; absent where nobody knows."),
            ),
          ),
          ours: v.pipe(shown, v.description("At the source.")),
          theirs: v.pipe(shown, v.description("At the target, before the run.")),
        }),
      ),
      v.description("Cells that differ, where both sides have the row."),
    ),
  ),
});

/** What became of edits on both sides, as the command that sent the rows says. */
export const merged = v.strictObject({
  since: v.pipe(v.nullable(milliseconds), v.description("When the two last exchanged rows.")),
  kept: v.pipe(
    v.array(v.strictObject({ table: v.string(), rows: v.number() })),
    v.description("Rows that only the target has edited: they stay."),
  ),
  conflicts: v.strictObject({
    rows: v.pipe(v.number(), v.description("Rows that both have edited.")),
    taken: v.pipe(
      v.picklist(["ours", "theirs"]),
      v.description("Whose cells these rows get: the source's, or the target's."),
    ),
    first: v.pipe(v.array(conflict), v.description("The first of them, for who may read.")),
  }),
});
