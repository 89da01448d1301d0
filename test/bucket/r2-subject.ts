import { env } from "cloudflare:workers";
import { listAll } from "../../src/bucket/list.ts";
import type { Bucket } from "../../src/bucket/port.ts";
import { r2Bucket } from "../../src/bucket/r2.ts";

/** The test worker's R2 bucket, emptied. */
export async function emptyBucket(): Promise<{ bucket: Bucket }> {
  const bucket = r2Bucket(env.DATA_SYNC);
  const names: string[] = [];
  for await (const { name } of listAll(bucket, "")) names.push(name);
  await bucket.delete(names);
  return { bucket };
}
