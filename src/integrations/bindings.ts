import type { R2BucketLike } from "../bucket/r2.ts";
import type { D1Like } from "../database/d1.ts";
import { FerryError } from "../errors.ts";
import type { WorkflowLike } from "../operations/background.ts";

type Bindings = Readonly<Record<string, unknown>>;

/** The D1 binding of this name. Throws `NOT_CONFIGURED` with the lines that wrangler.json lacks. */
export function findDatabase(bindings: Bindings, name: string): D1Like {
  const lines = `"d1_databases": [{ "binding": "${name}", "database_name": "…", "database_id": "…" }]`;
  return find<D1Like>(bindings, name, "prepare", "D1 database", "database", lines);
}

/** The R2 binding of this name. Throws `NOT_CONFIGURED` with the lines that wrangler.json lacks. */
export function findBucket(bindings: Bindings, name: string): R2BucketLike {
  const lines = `"r2_buckets": [{ "binding": "${name}", "bucket_name": "…" }]`;
  return find<R2BucketLike>(bindings, name, "createMultipartUpload", "R2 bucket", "bucket", lines);
}

/** The Workflows binding of this name. Throws `NOT_CONFIGURED` with the lines that wrangler.json lacks. */
export function findWorkflow(bindings: Bindings, name: string): WorkflowLike {
  const lines = `"workflows": [{ "binding": "${name}", "name": "ferry", "class_name": "FerryWorkflow" }]`;
  return find<WorkflowLike>(bindings, name, "create", "workflow", "workflow", lines);
}

/** `method` is one that only this kind of binding has. */
function find<T>(
  bindings: Bindings,
  name: string,
  method: string,
  kind: string,
  option: string,
  lines: string,
): T {
  const found = bindings[name];
  if (typeof (found as Record<string, unknown> | undefined)?.[method] === "function") return found as T;
  const state = found === undefined ? "has no binding" : "has another kind of binding";
  throw new FerryError("NOT_CONFIGURED", `The app ${state} "${name}", where d1-ferry looks for its ${kind}`, {
    hint: `Add to wrangler.json: ${lines} — or name the binding you have: d1Ferry({ ${option}: "…" }).`,
    details: { binding: name },
  });
}
