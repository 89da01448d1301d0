import type { Bucket } from "../../src/bucket/port.ts";

/** The bucket, its objects so many milliseconds older than they are. */
export function aged(bucket: Bucket, ms: number): Bucket {
  return {
    ...bucket,
    async list(options) {
      const page = await bucket.list(options);
      const objects = page.objects.map((info) => ({
        ...info,
        uploaded: new Date(info.uploaded.getTime() - ms),
      }));
      return { ...page, objects };
    },
  };
}
