import { FerryError } from "../errors.ts";
import { OBJECT_PREFIX } from "./keys.ts";
import type { Bucket, ObjectInfo } from "./port.ts";

/**
 * The part of a bucket below `prefix`, as a bucket of its own: nothing outside it is read, listed or written. Throws
 * `NOT_CONFIGURED` for a prefix whose objects could be another one's.
 */
export function prefixedBucket(bucket: Bucket, prefix: string): Bucket {
  requirePrefix(prefix);
  const within = (name: string) => prefix + name;
  const without = (info: ObjectInfo): ObjectInfo => ({ ...info, name: info.name.slice(prefix.length) });
  const orNull = (info: ObjectInfo | null) => (info === null ? null : without(info));
  return {
    head: async (name) => orNull(await bucket.head(within(name))),
    async get(name, range) {
      const object = await bucket.get(within(name), range);
      return object === null ? null : { ...object, info: without(object.info) };
    },
    put: async (name, body, options) => without(await bucket.put(within(name), body, options)),
    replace: async (name, etag, body, options) =>
      orNull(await bucket.replace(within(name), etag, body, options)),
    delete: (names) => bucket.delete(names.map(within)),
    async list(options) {
      const page = await bucket.list({ ...options, prefix: within(options.prefix) });
      return { ...page, objects: page.objects.map(without) };
    },
    createUpload: (name, options) => bucket.createUpload(within(name), options),
    uploadPart: (name, part) => bucket.uploadPart(within(name), part),
    completeUpload: async (name, uploadId, parts) =>
      without(await bucket.completeUpload(within(name), uploadId, parts)),
    abortUpload: (name, uploadId) => bucket.abortUpload(within(name), uploadId),
  };
}

/** It ends in a slash, so that "ada/" is not the beginning of "adam/", and none lies among the objects of another. */
function requirePrefix(prefix: string): void {
  const folders = prefix.split("/");
  const last = folders.pop();
  const fine =
    last === "" && folders.length > 0 && !folders.some((one) => one === "" || `${one}/` === OBJECT_PREFIX);
  if (fine) return;
  throw new FerryError(
    "NOT_CONFIGURED",
    `A bucket cannot be parted by the prefix ${JSON.stringify(prefix)}`,
    {
      hint: `A prefix is such as "acme/": it ends in a slash, does not begin with one, and has no folder ${OBJECT_PREFIX}`,
    },
  );
}
