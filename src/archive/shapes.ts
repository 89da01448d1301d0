import * as v from "valibot";
import { isTagged } from "./cells.ts";
import type { Tail } from "./tail.ts";
import type { ArchiveKind, Cell, DocumentHeader, FrameEntry, SchemaObject } from "./types.ts";

/** The shapes of what stands around the rows of a document, which may come from anybody. */

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const text = v.string();

const cell = v.union([v.null(), v.string(), v.pipe(v.number(), v.finite()), v.custom<Cell>(isTagged)]);

const column = v.looseObject({
  name: text,
  type: text,
  notNull: v.boolean(),
  default: v.nullable(text),
  primaryKey: count,
  generated: v.nullable(v.picklist(["stored", "virtual"])),
});

const ROWIDS = new Set(["rowid", "_rowid_", "oid"]);

const settings = v.exactOptional(v.array(v.tuple([text, v.union([text, v.number()])])));

const anyTable = v.looseObject({
  type: v.literal("table"),
  name: text,
  sql: text,
  columns: v.array(column),
  key: v.looseObject({ kind: v.picklist(["primary", "rowid"]), columns: v.array(text) }),
  strict: v.boolean(),
  withoutRowid: v.boolean(),
  autoincrement: v.boolean(),
  fts5: v.exactOptional(v.union([v.literal(true), v.literal("terms")])),
  words: v.exactOptional(v.array(v.tuple([text, text]))),
  settings,
  sequence: v.exactOptional(cell),
});

/** A rowid has one of three names, a declared key those of columns: what else is asked for does not exist. */
const table = v.pipe(
  anyTable,
  v.check(({ key, columns }) => {
    if (key.columns.length === 0) return false;
    if (key.kind === "rowid") return key.columns.every((name) => ROWIDS.has(name));
    const names = new Set(columns.map(({ name }) => name));
    return key.columns.every((name) => names.has(name));
  }, "The key is of columns that are not there"),
);

const other = v.looseObject({
  type: v.picklist(["index", "trigger", "view", "virtual"]),
  name: text,
  table: text,
  sql: text,
  settings,
});

const schema = v.array(v.variant("type", [table, other]));
const version = v.pipe(v.number(), v.safeInteger());
const exportedAt = v.pipe(v.number(), v.safeInteger());
const source = v.looseObject({ engine: text, name: v.exactOptional(text) });
const kind = v.picklist(["full", "delta", "before-images", "subset"]);

const shownCell = v.union([
  cell,
  v.object({ start: text, of: v.picklist(["text", "blob"]), bytes: v.nullable(count) }),
]);
const conflict = v.object({
  table: text,
  key: v.array(shownCell),
  is: v.picklist(["edited", "deleted-at-source", "deleted-at-target", "added"]),
  cells: v.exactOptional(
    v.array(v.object({ column: text, base: v.exactOptional(shownCell), ours: shownCell, theirs: shownCell })),
  ),
});

/** Characters of what is told of edits on both sides. */
export const MAX_MERGED_LENGTH = 64_000;

const merged = v.pipe(
  v.object({
    since: v.nullable(v.pipe(v.number(), v.safeInteger())),
    kept: v.array(v.object({ table: text, rows: count })),
    conflicts: v.object({ rows: count, taken: v.picklist(["ours", "theirs"]), first: v.array(conflict) }),
  }),
  v.check((told) => JSON.stringify(told).length <= MAX_MERGED_LENGTH, "It is too long"),
);

const header = v.looseObject({
  kind: v.exactOptional(kind),
  ...{ version, exportedAt, source, schema },
  merged: v.exactOptional(merged),
});

const key = v.nullable(v.pipe(v.array(cell), v.minLength(1)));

const sha256 = v.pipe(text, v.regex(/^[0-9a-f]{64}$/));

const frame = v.object({
  table: text,
  rows: count,
  keys: v.exactOptional(count),
  made: v.exactOptional(v.literal(true)),
  deleted: v.exactOptional(v.literal(true)),
  keyless: v.exactOptional(v.literal(true)),
  after: key,
  through: key,
  offset: count,
  bytes: count,
  textBytes: count,
  sha256,
  rowidBytes: v.exactOptional(count),
});

const summary = v.object({
  table: text,
  frames: v.pipe(count, v.minValue(1)),
  rows: count,
  textBytes: count,
  crc32: v.pipe(text, v.regex(/^[0-9a-f]{8}$/)),
  sha256,
});

const moment = v.looseObject({
  is: v.picklist(["one", "unchanged", "several"]),
  from: v.pipe(v.number(), v.safeInteger()),
  to: v.pipe(v.number(), v.safeInteger()),
  moved: v.exactOptional(v.array(text)),
});

/** Bytes and frames of a page. */
const page = v.tuple([count, v.pipe(count, v.minValue(1))]);

const tail = v.looseObject({
  tables: v.array(summary),
  moment: v.exactOptional(moment),
  pages: v.array(page),
});

const frames = v.array(frame);

const PROBLEM_LENGTH = 500;

/** What a check found: the value, or where it is wrong and why. */
export type Checked<T> = { value: T } | { problem: string };

export const checkHeader = (value: unknown): Checked<DocumentHeader> => check(header, value);
export const checkFrames = (value: unknown): Checked<FrameEntry[]> => check(frames, value);
export const checkSchema = (value: unknown): Checked<SchemaObject[]> => check(schema, value);
export const checkTail = (value: unknown): Checked<Tail> => check(tail, value);
export const checkKind = (value: unknown): Checked<ArchiveKind> => check(kind, value);
export const checkSource = (value: unknown): Checked<DocumentHeader["source"]> => check(source, value);

function check<T>(shape: v.GenericSchema<unknown, T>, value: unknown): Checked<T> {
  const result = v.safeParse(shape, value, { abortEarly: true });
  if (result.success) return { value: result.output };
  const [issue] = result.issues;
  // The message holds what was received, however long that is.
  return { problem: `${v.getDotPath(issue) ?? "it"}: ${issue.message}`.slice(0, PROBLEM_LENGTH) };
}
