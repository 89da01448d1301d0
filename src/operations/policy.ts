import * as v from "valibot";
import { ROUTES, type RouteName } from "../api/routes.ts";
import { FerryError } from "../errors.ts";
import { problemOf } from "../grants.ts";

/** What an app never does, whoever asks. No request and no grant lifts it. */
export interface Policy {
  /** Tables that no export holds. @default none */
  neverExport?: readonly string[] | undefined;
  /** Tables that no sync writes or makes. @default none */
  neverWrite?: readonly string[] | undefined;
  /** What a sync may make: nothing, tables and indexes, or triggers and views as well. @default "all" */
  create?: boolean | "all" | undefined;
  /** The most rows that one sync deletes. @default any number */
  largestDelete?: number | undefined;
  /** The calls that are answered, by their names in the API. @default all */
  operations?: readonly RouteName[] | undefined;
}

const tables = v.optional(
  v.pipe(
    v.array(v.pipe(v.string(), v.nonEmpty("has to be a table's name")), "has to be a list of table names"),
    v.readonly(),
  ),
);
const names = Object.keys(ROUTES) as [RouteName, ...RouteName[]];

export const policySchema = v.strictObject({
  neverExport: tables,
  neverWrite: tables,
  create: v.optional(v.union([v.boolean(), v.literal("all")], 'has to be true, false or "all"')),
  largestDelete: v.optional(
    v.pipe(
      v.number("has to be a whole number"),
      v.safeInteger("has to be a whole number"),
      v.minValue(0, "has to be 0 or more"),
    ),
  ),
  operations: v.optional(
    v.pipe(
      v.array(
        v.picklist(names, `has to be one of ${names.join(", ")}`),
        "has to be a list of the API's calls",
      ),
      v.readonly(),
    ),
  ),
});

/** The policy as it was given. Throws `NOT_CONFIGURED`, naming what is wrong: a misspelt rule would be none. */
export function readPolicy(policy: unknown = {}): Policy {
  const read = v.safeParse(policySchema, policy, { abortEarly: true });
  if (read.success) return read.output;
  throw new FerryError(
    "NOT_CONFIGURED",
    `The option policy of d1-ferry cannot be read: ${problemOf(read.issues)}`,
    {
      hint: "It takes neverExport, neverWrite, create, largestDelete and operations.",
      details: { setting: "policy" },
    },
  );
}
