import * as v from "valibot";
import { FerryError } from "../../errors.ts";
import { type Policy, policySchema } from "../../operations/policy.ts";

/** What stands in astro.config: plain values only, since it travels to the Worker as JSON. */
export interface AstroFerryOptions {
  /** The D1 binding's name in wrangler.json. @default "DB" */
  database?: string;
  /** The R2 binding's name in wrangler.json. @default "DATA_SYNC" */
  bucket?: string;
  /**
   * Where the app is deployed; decides how much one request may do. FERRY_PLATFORM in the environment
   * says it over this. @default null: as on Webflow Cloud, and less once a request was lost by that
   */
  platform?: "webflow-cloud" | "workers-paid" | "workers-free" | null;
  /** Where the routes are, below the app's base. Ends in "/api/admin". @default "/api/admin" */
  path?: string;
  /**
   * Which of the app's users may do what: "none", "all" who have `locals.user`, or the path of a module from
   * the project's root, such as "./src/ferry-users.ts", whose default export is a `FerryUsers`. @default "none"
   */
  users?: "none" | "all" | (string & {});
  /** What nobody may do, whatever their grant says. @default nothing */
  policy?: Policy;
  /** Whether the page is there, at "ferry" beside the routes, for those with a grant. @default true */
  console?: boolean;
  /** The name of a Workflows binding with the class of d1-ferry/workflow. @default null: none */
  workflow?: string | null;
}

export type AstroFerryConfig = Required<AstroFerryOptions>;

const binding = v.pipe(v.string(), v.regex(/^[A-Za-z_$][\w$]*$/, "is not a binding's name, such as DB"));

const schema = v.strictObject({
  database: v.optional(binding, "DB"),
  bucket: v.optional(binding, "DATA_SYNC"),
  platform: v.optional(v.nullable(v.picklist(["webflow-cloud", "workers-paid", "workers-free"])), null),
  path: v.optional(
    v.pipe(
      v.string(),
      v.regex(
        /^(\/[\w.~-]+)*\/api\/admin$/,
        'has to begin with "/" and end in "/api/admin", where clients look',
      ),
    ),
    "/api/admin",
  ),
  users: v.optional(
    v.pipe(
      v.string(),
      v.regex(
        /^(none|all|\.{1,2}\/.+)$/,
        'has to be "none", "all" or a module\'s path, such as "./src/ferry-users.ts"',
      ),
    ),
    "none",
  ),
  policy: v.optional(policySchema, {}),
  console: v.optional(v.boolean(), true),
  workflow: v.optional(v.nullable(binding), null),
});

/** The options with their defaults. Rejects with `NOT_CONFIGURED`, naming the option. */
export function readOptions(options: AstroFerryOptions): AstroFerryConfig {
  const read = v.safeParse(schema, options);
  if (read.success) return read.output;
  const [issue] = read.issues;
  const name = v.getDotPath(issue) ?? "options";
  throw new FerryError("NOT_CONFIGURED", `d1-ferry/astro: ${name}: ${issue.message}`, {
    hint: "See d1Ferry({…}) in astro.config. It takes database, bucket, platform, path, users, policy, console and workflow.",
  });
}
