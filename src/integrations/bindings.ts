import type { R2BucketLike } from "../bucket/r2.ts";
import type { D1Like } from "../database/d1.ts";
import { FerryError } from "../errors.ts";
import type { WorkflowLike } from "../operations/background.ts";

type Bindings = Readonly<Record<string, unknown>>;

interface BindingKind {
  /** For a person. */
  what: string;
  /** The option of d1-ferry that names the binding. */
  option: string;
  /** A method that only this kind of binding has. */
  method: string;
  /** What wrangler.json lacks where there is no such binding. */
  lines: string;
}

/** The D1 binding of this name. Throws `NOT_CONFIGURED` with the lines that wrangler.json lacks. */
export function findDatabase(bindings: Bindings, name: string): D1Like {
  return find<D1Like>(bindings, name, {
    what: "D1 database",
    option: "database",
    method: "prepare",
    lines: `"d1_databases": [{ "binding": "${name}", "database_name": "…", "database_id": "…" }]`,
  });
}

/** The R2 binding of this name. Throws `NOT_CONFIGURED` with the lines that wrangler.json lacks. */
export function findBucket(bindings: Bindings, name: string): R2BucketLike {
  return find<R2BucketLike>(bindings, name, {
    what: "R2 bucket",
    option: "bucket",
    method: "createMultipartUpload",
    lines: `"r2_buckets": [{ "binding": "${name}", "bucket_name": "…" }]`,
  });
}

/** The Workflows binding of this name. Throws `NOT_CONFIGURED` with the lines that wrangler.json lacks. */
export function findWorkflow(bindings: Bindings, name: string): WorkflowLike {
  return find<WorkflowLike>(bindings, name, {
    what: "workflow",
    option: "workflow",
    method: "create",
    lines: `"workflows": [{ "binding": "${name}", "name": "ferry", "class_name": "FerryWorkflow" }]`,
  });
}

function find<T>(bindings: Bindings, name: string, { what, option, method, lines }: BindingKind): T {
  const found = bindings[name];
  if (typeof (found as Record<string, unknown> | undefined)?.[method] === "function") return found as T;
  const state = found === undefined ? "has no binding" : "has another kind of binding";
  throw new FerryError("NOT_CONFIGURED", `The app ${state} "${name}", where d1-ferry looks for its ${what}`, {
    hint: `Add to wrangler.json: ${lines} — or name the binding you have: d1Ferry({ ${option}: "…" }).`,
    details: { binding: name },
  });
}
