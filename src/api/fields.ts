import * as v from "valibot";

/** Kinds of fields. Messages go on from the field's name: `"version" has to be a whole number`. */
export const text = v.string("has to be text");

export const flag = v.boolean("has to be true or false");

export const count = v.pipe(
  v.number("has to be a whole number"),
  v.safeInteger("has to be a whole number"),
  v.minValue(0, "has to be 0 or more"),
);

export const tableNames = v.pipe(
  v.array(
    v.pipe(v.string("has to be a table's name"), v.nonEmpty("has to be a table's name")),
    "has to be a list of table names",
  ),
  v.readonly(),
);

export const key = v.pipe(
  text,
  v.description("A key as d1-ferry answered it."),
  v.examples([exampleKey("sync")]),
);

export const uploadId = v.pipe(text, v.nonEmpty("has to be the uploadId that start answered"));

/** A parameter of the query that has to be there. */
export const parameter = v.pipe(text, v.nonEmpty("is missing"));

/** A parameter of the query that counts, from 1. `maximum` is described, and left to the caller to see to. */
export function countParameter(maximum: number) {
  return v.pipe(
    parameter,
    v.regex(/^\d{1,15}$/, "has to be a whole number, 1 or more"),
    v.transform(Number),
    v.number(),
    v.integer(),
    v.minValue(1, "has to be a whole number, 1 or more"),
    v.metadata({ maximum }),
  );
}

export function exampleKey(kind: "export" | "sync"): string {
  return `${kind}-1700000000000-k3v9x0a7b2qd`;
}
