import * as v from "valibot";
import { cell } from "./cell.ts";

/*
 * The questions of a comparison and what is answered, as they travel; src/diff/questions.ts says what they mean.
 */

const cells = v.pipe(
  v.array(cell),
  v.minLength(1, "has to be the cells of a key"),
  v.maxLength(100, "has to be the cells of a key"),
);
const key = v.nullable(cells);
const hash = v.pipe(v.string(), v.regex(/^[0-9A-Za-z+/]{8,16}$/, "has to be a hash"));
const hashes = v.pipe(v.string(), v.regex(/^([0-9A-Za-z+/]{8})*$/, "has to be hashes, one behind the other"));
const name = v.pipe(v.string("has to be a name"), v.nonEmpty("has to be a name"));
const names = v.pipe(v.array(name), v.maxLength(2000, "has to be names of columns"));
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const compared = {
  table: name,
  key: v.pipe(names, v.nonEmpty("has to be the key's columns")),
  columns: names,
};
const leaves = v.pipe(v.array(v.strictTuple([key, v.nullable(hash)])), v.nonEmpty("has to be leaves"));

export const questions = v.pipe(
  v.array(
    v.variant("ask", [
      v.strictObject({
        ask: v.literal("cut"),
        ...compared,
        after: key,
        leafBytes: v.pipe(count, v.minValue(16_000), v.maxValue(1_000_000)),
      }),
      v.strictObject({ ask: v.literal("match"), ...compared, after: key, leaves }),
      v.strictObject({ ask: v.literal("hashes"), ...compared, after: key, leaves }),
      v.strictObject({
        ask: v.literal("rows"),
        ...compared,
        ranges: v.pipe(v.array(v.strictTuple([key, key, hashes])), v.nonEmpty("has to be ranges")),
      }),
    ]),
  ),
  v.nonEmpty("has to be questions"),
  v.maxLength(64, "has to be 64 questions at the most"),
);

const finer = v.array(v.strictTuple([key, hash]));
const yes = v.optional(v.literal(true));

export const cutAnswer = v.strictObject({ leaves: finer, rows: count, more: yes });
export const matchAnswer = v.strictObject({
  differ: v.array(v.strictObject({ leaf: count, finer })),
  leaves: count,
  rows: count,
  more: yes,
});
export const hashesAnswer = v.strictObject({ leaves: v.array(v.nullable(hashes)) });
export const rowsAnswer = v.strictObject({
  ranges: v.array(v.strictObject({ lines: v.array(v.string()), missing: v.array(count) })),
});

export const description = v.strictObject({
  engine: v.string(),
  leafBytes: count,
  tables: v.array(
    v.strictObject({
      name: v.string(),
      hasRows: v.boolean(),
      schema: v.optional(
        v.pipe(
          v.record(v.string(), v.unknown()),
          v.description('As an archive of its rows describes it; with "schemas".'),
        ),
      ),
      columns: v.array(
        v.strictObject({
          name: v.string(),
          type: v.string(),
          affinity: v.picklist(["integer", "real", "numeric", "text", "none"]),
        }),
      ),
      key: v.nullable(v.strictObject({ columns: v.array(v.string()), collations: v.array(v.string()) })),
      keyless: v.optional(v.string()),
    }),
  ),
  others: v.array(
    v.strictObject({
      type: v.picklist(["index", "trigger", "view", "virtual"]),
      name: v.string(),
      table: v.string(),
      sql: v.string(),
    }),
  ),
  notes: v.array(v.string()),
});
