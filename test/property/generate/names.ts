import fc from "fast-check";
import { isInternal, reasonToLeaveOut } from "../../../src/sync/schema/left-out.ts";

/** Names that meet d1-ferry's own, SQL's and JavaScript's words, or that are hard to quote. */
const AWKWARD = [
  "id",
  "name",
  "rowid",
  "value",
  "rows",
  "key",
  "c0",
  "flags",
  "live",
  "own",
  "excluded",
  "parent",
  "staged",
  "frame",
  "select",
  "order",
  "group",
  "__proto__",
  "constructor",
  "toString",
  "1",
  "#k0",
  "$int",
  'say "hi"',
  "it's",
  "[x]",
  "`y`",
  "a.b",
  "a,b",
  "100%",
  "?1",
  ":x",
  "--",
  "/*",
  "back\\slash",
  " ",
  "ünïcode",
  "😀",
  "new\nline",
  "camelCase",
];

/** Any name that SQLite takes for a column. */
export const columnName = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom("a", "b", "c", "d", "e", "f", "title", "body") },
  { weight: 2, arbitrary: fc.constantFrom(...AWKWARD) },
  {
    weight: 1,
    arbitrary: fc
      .string({ minLength: 1, maxLength: 6 })
      .filter((name) => !name.includes("\0") && name.isWellFormed() && !name.endsWith("\\")),
  },
);

/** Any name for a table, index, view or trigger of the user's. */
export const objectName = columnName.filter(
  (name) => !isInternal(name) && reasonToLeaveOut({ name, columns: [] }) === null,
);

export const foldCase = (name: string): string => name.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
