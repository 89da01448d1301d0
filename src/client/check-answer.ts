import * as v from "valibot";
import * as answers from "../api/answers/index.ts";
import { healthAnswer } from "../api/health.ts";
import { FerryError } from "../errors.ts";
import { placeOf } from "./address.ts";

/*
 * What the server promises of its answers, as a client checks it: an app may be newer than the client,
 * so members that are not known are dropped; and it may be an enemy's, so sizes and keys are what they
 * can be.
 */

/** An answer's schema, and the type that it has where it was written down. */
export type AnswerSchema<T> = v.GenericSchema<unknown, T>;

/** The largest part that `startUpload` takes. Each part that is under way is in memory. */
const MAX_PART_BYTES = 95 * 1024 * 1024;

const finite = v.pipe(v.number(), v.finite());
const size = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const partSize = v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(MAX_PART_BYTES));
const key = v.pipe(v.string(), v.regex(/^(?:export|sync|undo)-[0-9A-Za-z-]{1,80}$/, "Not a key"));
const undoKey = v.pipe(v.string(), v.regex(/^undo-[0-9A-Za-z-]{1,80}$/, "Not a key of an undo"));
/** What goes back to the server, or into a request's header. */
const word = v.pipe(v.string(), v.regex(/^[\x20-\x7e]{1,4096}$/, "Not a word"));
/** What a person may be told to type. */
const version = v.pipe(v.string(), v.regex(/^[0-9A-Za-z][0-9A-Za-z.+-]{0,63}$/, "Not a version"));

const part = v.object({
  partNumber: v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(10_000)),
  etag: word,
  size,
});
const partFields = { ...part.entries };

export const ANSWERS = {
  export: answerOf(answers.exportAnswer, { exportKey: key, bytes: size }),
  upload: answerOf(answers.uploadAnswer, { syncKey: key }),
  sync: answerOf(answers.syncAnswer),
  undo: answerOf(answers.undoAnswer, { syncKey: undoKey }),
  status: answerOf(answers.statusAnswer),
  rows: answerOf(answers.rowsAnswer, { cursor: v.optional(word) }),
  compare: answerOf(answers.compareAnswer),
  diff: answerOf(answers.diffAnswer, {
    cursor: v.optional(v.pipe(v.string(), v.regex(/^[\w-]{1,20000}$/, "Not a cursor"))),
  }),
  list: answerOf(answers.listAnswer, {
    objects: v.array(withFields(answers.listAnswer.entries.objects, { key })),
  }),
  history: answerOf(answers.historyAnswer),
  log: answerOf(answers.logAnswer),
  health: answerOf(healthAnswer, { version }),
  drop: answerOf(answers.dropAnswer),
  prune: answerOf(answers.pruneAnswer, {
    pruned: v.array(withFields(answers.pruneAnswer.entries.pruned, { key })),
  }),
  start: answerOf(answers.startAnswer, { key, uploadId: word, chunkSize: partSize }),
  part: answerOf(answers.partAnswer, partFields),
  complete: answerOf(answers.completeAnswer, { key, bytes: size }),
  abort: answerOf(answers.abortAnswer),
  parts: answerOf(answers.partsAnswer, {
    chunkSize: partSize,
    parts: v.pipe(v.array(part), v.maxLength(10_000)),
    completed: v.nullable(v.object({ bytes: size, etag: v.string() })),
  }),
  description: v.object({
    platform: v.picklist(["webflow-cloud", "workers-paid", "workers-free"]),
    frameBytes: v.pipe(v.number(), v.safeInteger(), v.minValue(65_536), v.maxValue(1_000_000)),
    grant: v.optional(
      v.object({ name: v.string(), may: v.array(v.string()), tables: v.optional(v.array(v.string())) }),
    ),
  }),
  openapi: v.custom<Record<string, unknown>>(isObject),
};

/** The value, if it is such an answer; else `UNREACHABLE`, with the member that is not. */
export function checkAnswer<T>(schema: AnswerSchema<T>, value: unknown, url: string): T {
  const read = v.safeParse(schema, value, { abortEarly: true });
  if (read.success) return read.output;
  const member = v.getDotPath(read.issues[0]) ?? "it";
  throw new FerryError(
    "UNREACHABLE",
    `${placeOf(url)} answered what d1-ferry does not: "${member.slice(0, 100)}" is missing or not what it has to be`,
    {
      hint: "Check that it is the right address, and that both sides have the same d1-ferry. What was done is kept.",
      details: { member: member.slice(0, 100) },
    },
  );
}

type Fields = Record<string, v.GenericSchema>;

/** Only the type says what has been given up: a schema of other members would have been another type. */
function answerOf<S extends v.GenericSchema>(schema: S, fields: Fields = {}): AnswerSchema<v.InferOutput<S>> {
  return withFields(schema, fields) as AnswerSchema<v.InferOutput<S>>;
}

/** The schema of an object, or that of a list's entries, with some members' schemas replaced. */
function withFields(schema: unknown, fields: Fields): v.GenericSchema {
  const { type, item, entries = {} } = plainOf(schema);
  if (type === "array") return withFields(item, fields);
  const relaxed = Object.entries(entries).map(([name, one]) => [name, relax(one)]);
  return v.object({ ...Object.fromEntries(relaxed), ...fields });
}

/** As much of a schema as tells what it is made of. */
interface Shape {
  type: string;
  pipe?: readonly unknown[];
  entries?: Record<string, unknown>;
  item?: unknown;
  wrapped?: unknown;
  options?: readonly unknown[];
  value?: unknown;
}

/** Without what describes it. */
function plainOf(schema: unknown): Shape {
  const shape = schema as Shape;
  return shape.pipe === undefined ? shape : { ...(shape.pipe[0] as Shape) };
}

/** The schema without its strictness: other members are dropped, and no number is beyond counting. */
function relax(schema: unknown): v.GenericSchema {
  const shape = plainOf(schema);
  switch (shape.type) {
    case "number":
      return finite;
    case "strict_object":
      return withFields(schema, {});
    case "array":
      return v.array(relax(shape.item));
    case "nullable":
      return v.nullable(relax(shape.wrapped));
    case "optional":
    case "exact_optional":
      return v.optional(relax(shape.wrapped));
    case "record":
      return recordOf(relax(shape.value));
    case "union":
      return v.union(
        (shape.options ?? []).map((option) => (isNumber(option) ? finite : (option as v.GenericSchema))),
      );
    default:
      return schema as v.GenericSchema;
  }
}

function isNumber(schema: unknown): boolean {
  return plainOf(schema).type === "number";
}

/** By tables' names, of which any text may be one: valibot's own drops "constructor". */
function recordOf(value: v.GenericSchema): v.GenericSchema {
  return v.custom(
    (input) => isObject(input) && Object.values(input).every((one) => v.is(value, one)),
    "Not a record",
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
