import type { Bucket, ObjectInfo } from "./port.ts";

/** Every object whose name begins with `prefix`, in name order, page by page. */
export async function* listAll(bucket: Bucket, prefix: string): AsyncGenerator<ObjectInfo, void, void> {
  let cursor: string | undefined;
  do {
    const page = await bucket.list({ prefix, ...(cursor === undefined ? {} : { cursor }) });
    yield* page.objects;
    cursor = page.cursor;
  } while (cursor !== undefined);
}
