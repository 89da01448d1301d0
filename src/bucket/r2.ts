import type { Bucket } from "./port.ts";
import { prefixedBucket } from "./prefixed.ts";
import type { R2BucketLike, R2ObjectBodyLike, R2RangeLike } from "./r2-binding.ts";
import { ask, infoOf, writeOptions } from "./r2-calls.ts";
import { R2_CODES, r2Code, r2Failure } from "./r2-failure.ts";
import { r2Uploads } from "./r2-uploads.ts";

export type { R2BucketLike } from "./r2-binding.ts";

export interface R2BucketOptions {
  /** The part of it that is used, such as "acme/": for several apps, or tenants, in one bucket. @default all of it */
  prefix?: string;
}

/** An R2 binding as a bucket. Throws `NOT_CONFIGURED` for a prefix that is none. */
export function r2Bucket(binding: R2BucketLike, { prefix }: R2BucketOptions = {}): Bucket {
  const bucket = { ...r2Objects(binding), ...r2Uploads(binding) };
  return prefix === undefined ? bucket : prefixedBucket(bucket, prefix);
}

function r2Objects(
  binding: R2BucketLike,
): Pick<Bucket, "head" | "get" | "put" | "replace" | "delete" | "list"> {
  return {
    async head(name) {
      const object = await ask("look up", name, () => binding.head(name));
      return object === null ? null : infoOf(object);
    },

    async get(name, range) {
      if (range === undefined || !isEmptyRange(range)) {
        try {
          const object = await binding.get(name, range === undefined ? {} : { range });
          return object === null ? null : { info: infoOf(object), body: streamOf(object) };
        } catch (error) {
          // R2 refuses a range that begins past the end; the port answers no bytes.
          if (r2Code(error) !== R2_CODES.invalidRange) throw r2Failure("read", name, error);
        }
      }
      const info = await this.head(name);
      return info === null ? null : { info, body: emptyStream() };
    },

    async put(name, body, options) {
      const object = await ask("write", name, () => binding.put(name, body, writeOptions(options)));
      if (object === null) throw r2Failure("write", name, new Error("a condition that was not set"));
      return infoOf(object);
    },

    async replace(name, etag, body, options) {
      const onlyIf = etag === null ? { etagDoesNotMatch: "*" } : { etagMatches: etag };
      const put = () => binding.put(name, body, { ...writeOptions(options), onlyIf });
      const object = await ask("write", name, put);
      return object === null ? null : infoOf(object);
    },

    async delete(names) {
      if (names.length > 0) await ask("delete", names.join(", "), () => binding.delete([...names]));
    },

    async list({ prefix, cursor, limit }) {
      const page = await ask("list", prefix, () =>
        binding.list({
          prefix,
          include: ["customMetadata"],
          ...(cursor === undefined ? {} : { cursor }),
          ...(limit === undefined ? {} : { limit }),
        }),
      );
      const objects = page.objects.map(infoOf);
      if (!page.truncated) return { objects };
      if (page.cursor) return { objects, cursor: page.cursor };
      throw r2Failure("list", prefix, new Error("the list is truncated but has no cursor"));
    },
  };
}

function streamOf(object: R2ObjectBodyLike): ReadableStream<Uint8Array> {
  return object.body as ReadableStream<Uint8Array>;
}

function isEmptyRange(range: R2RangeLike): boolean {
  return "suffix" in range ? range.suffix === 0 : range.length === 0;
}

function emptyStream(): ReadableStream<Uint8Array> {
  return new ReadableStream({ start: (controller) => controller.close() });
}
