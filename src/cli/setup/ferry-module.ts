import type { BindingNames } from "./names.ts";
import type { Project } from "./project.ts";

/** Where a framework's server code finds the bindings. */
export interface Environment {
  /** An import line, or none. */
  import?: string;
  /** What comes in beside the request, with its type; nothing where the environment is imported. */
  parameter?: { name: string; type: string };
  /** The expression for the bindings. */
  expression: string;
}

const DOCS = "/api/admin/r2-sync and /api/admin/multipart-upload, and has a page at /api/admin/ferry";

/** A module that exports `ferry`, for a Worker that is handed its bindings. */
export function ferryModule({ typescript }: Project, names: BindingNames): string {
  return [
    importLine(typescript),
    "",
    ...(typescript ? [...bindingsType(names, "export "), ""] : []),
    `/** Answers ${DOCS}; null elsewhere. */`,
    `export const ferry = createFerry${typescript ? "<FerryBindings>" : ""}({`,
    ...options(names),
    "});",
    "",
  ].join("\n");
}

/** A module that exports `answer`, which routes call. */
export function answerModule({ typescript }: Project, names: BindingNames, environment: Environment): string {
  const { import: line, parameter, expression } = environment;
  const second =
    parameter === undefined ? "" : `, ${parameter.name}${typescript ? `: ${parameter.type}` : ""}`;
  const cast = parameter === undefined ? "as unknown as" : "as";
  const bindings = typescript ? `${expression} ${cast} FerryBindings` : expression;
  return [
    ...(line === undefined ? [] : [line]),
    importLine(typescript),
    "",
    ...(typescript ? [...bindingsType(names, ""), ""] : []),
    `const ferry = createFerry${typescript ? "<FerryBindings>" : ""}({`,
    ...options(names),
    "});",
    "",
    `/** Answers ${DOCS}. */`,
    `export function answer(request${typescript ? ": Request" : ""}${second})${typescript ? ": Promise<Response>" : ""} {`,
    `  return ferry.fetch(request, ${bindings});`,
    "}",
    "",
  ].join("\n");
}

function importLine(typescript: boolean): string {
  const what = typescript
    ? "createFerry, type D1Like, d1Database, type R2BucketLike, r2Bucket, type TokenSettings"
    : "createFerry, d1Database, r2Bucket";
  return `import { ${what} } from "d1-ferry";`;
}

function bindingsType({ database, bucket }: BindingNames, exported: string): string[] {
  return [
    "/** What wrangler binds, and the secrets FERRY_TOKEN and FERRY_TOKENS. */",
    `${exported}interface FerryBindings extends TokenSettings {`,
    `  ${database}: D1Like;`,
    `  ${bucket}: R2BucketLike;`,
    "}",
  ];
}

function options({ database, bucket }: BindingNames): string[] {
  return [
    `  database: (env) => d1Database(env.${database}),`,
    `  bucket: (env) => r2Bucket(env.${bucket}),`,
    "  tokens: (env) => env,",
  ];
}
