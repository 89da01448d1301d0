import * as v from "valibot";
import { foldCase } from "./names.ts";

/**
 * What somebody may do:
 * - `read`: see cells, by exports, downloads and differences
 * - `plan`: upload, stage and plan, and drop what they began; they are told counts, and no cell
 * - `write`, `delete`, `create`: an apply that inserts and updates, that deletes, that makes schema
 * - `manage`: prune, the record, and what others began
 */
export const PERMISSIONS = ["read", "plan", "write", "delete", "create", "manage"] as const;

export type Permission = (typeof PERMISSIONS)[number];

/** What an app lets somebody do. */
export interface Grant {
  /** Who it is, for the record and for telling what they began from what others did. */
  name: string;
  may: readonly Permission[];
  /** The tables that they may read, plan and write. @default all */
  tables?: readonly string[] | undefined;
}

const LONGEST_NAME = 200;

const grantEntries = {
  name: v.pipe(
    v.string("has to be text"),
    v.check(
      (name) => name !== "" && name.length <= LONGEST_NAME,
      `has to have 1 to ${LONGEST_NAME} characters`,
    ),
    v.check((name) => !hasControls(name), "has to be one line of plain text"),
  ),
  may: v.pipe(
    v.array(
      v.picklist(PERMISSIONS, `has to be one of ${PERMISSIONS.map((one) => `"${one}"`).join(", ")}`),
      "has to be a list of what is allowed",
    ),
    v.readonly(),
  ),
  tables: v.optional(
    v.pipe(
      v.array(
        v.pipe(v.string("has to be a table's name"), v.nonEmpty("has to be a table's name")),
        "has to be a list of table names",
      ),
      v.readonly(),
    ),
  ),
};

/**
 * The schema of a grant, with other members beside it. Strict: a misspelt "table" must not become a grant
 * for all of them.
 */
export function grantWith<E extends v.ObjectEntries>(entries: E) {
  return v.pipe(
    v.strictObject({ ...grantEntries, ...entries }),
    v.check(
      ({ may, tables }) => tables === undefined || !may?.includes("manage"),
      '"manage" is of the whole database: it does not go with "tables"',
    ),
  );
}

export const grantSchema = grantWith({});

/** What is wrong with a grant, or what holds one: a field and why, and nothing of what stands there. */
export function problemOf([issue]: readonly [v.BaseIssue<unknown>, ...v.BaseIssue<unknown>[]]): string {
  const field = v.getDotPath(issue);
  if (field === null) return issue.type === "check" ? issue.message : "has to be an object";
  if (issue.type === "strict_object" && issue.expected === "never") return `"${field}" is not known here`;
  return `"${field}" ${issue.received === "undefined" ? "is missing" : issue.message}`;
}

/** Whether two names are of one table. */
export function isSameTable(one: string, other: string): boolean {
  return foldCase(one) === foldCase(other);
}

function hasControls(text: string): boolean {
  return /\p{Cc}/u.test(text);
}
