import * as v from "valibot";
import { cell } from "./cell.ts";
import { PACKED_TYPE } from "./paths.ts";

/*
 * The questions of a comparison and what is answered, as they travel; src/diff/questions.ts says what they mean.
 */

const cells = v.pipe(
  v.array(cell),
  v.minLength(1, "has to be the cells of a key"),
  v.maxLength(100, "has to be the cells of a key"),
);
const key = v.nullable(cells);
const hash = v.pipe(v.string(), v.regex(/^[0-9A-Za-z+/]{8}$/, "has to be a hash"));
const marks = v.pipe(v.string(), v.regex(/^[0-9A-Za-z+/]{40,320}$/, "has to be marks"));
const name = v.pipe(v.string("has to be a name"), v.nonEmpty("has to be a name"));
const names = v.pipe(v.array(name), v.maxLength(2000, "has to be names of columns"));
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const compared = {
  table: name,
  key: v.pipe(names, v.nonEmpty("has to be the key's columns")),
  columns: v.union([names, count]),
};
const width = v.pipe(count, v.minValue(4), v.maxValue(32));
const buckets = v.pipe(v.string(), v.regex(/^[0-9A-Za-z+/]{4,27}$/, "has to be buckets"));
const wanted = v.nullable(v.union([v.strictObject({ marks }), v.strictObject({ buckets })]));
const ranges = <S extends v.GenericSchema>(range: S) =>
  v.pipe(v.array(range), v.nonEmpty("has to be ranges"));

export const questions = v.pipe(
  v.array(
    v.variant("ask", [
      v.strictObject({
        ask: v.literal("cut"),
        ...compared,
        after: key,
        through: v.optional(key),
        leafBytes: v.pipe(count, v.minValue(16_000), v.maxValue(1_000_000)),
      }),
      v.strictObject({ ask: v.literal("hash"), ...compared, after: key, ends: ranges(key) }),
      v.strictObject({
        ask: v.literal("marks"),
        ...compared,
        ranges: ranges(v.strictTuple([key, key])),
        width,
      }),
      v.strictObject({
        ask: v.literal("rows"),
        ...compared,
        ranges: ranges(v.strictTuple([key, key, wanted])),
        width,
      }),
      v.strictObject({ ask: v.literal("schema"), table: name }),
    ]),
  ),
  v.nonEmpty("has to be questions"),
  v.maxLength(64, "has to be 64 questions at the most"),
);

export const cutAnswer = v.strictObject({ ends: v.array(key), more: v.optional(v.literal(true)) });
export const hashAnswer = v.strictObject({ hashes: v.array(v.nullable(hash)), rows: count });
export const marksAnswer = v.strictObject({ marks: v.array(marks) });
export const rowsAnswer = v.strictObject({
  ranges: v.array(v.strictObject({ lines: v.array(v.string()), rest: hash, buckets: v.optional(buckets) })),
});

export const schemaAnswer = v.strictObject({ schema: v.record(v.string(), v.unknown()) });

export const description = v.strictObject({
  engine: v.string(),
  packs: v.optional(v.pipe(v.literal(true), v.description(`Questions may be packed, as ${PACKED_TYPE}.`))),
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
      rowid: v.optional(v.string()),
      hiddenRowid: v.optional(v.string()),
      leaves: v.optional(
        v.pipe(cutAnswer, v.description('The first of them, as a "cut" answers them; with "leaves".')),
      ),
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
