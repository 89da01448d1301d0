import { createHash } from "node:crypto";
import type { ByteSource } from "../../archive/types.ts";
import { uploadObject } from "../../client/upload-object.ts";
import type { Dependencies } from "../commands/dependencies.ts";
import type { App } from "../places/app.ts";
import { bytes } from "../printing/numbers.ts";
import type { JourneyStore } from "../workspace/journey-record.ts";

/**
 * Brings the archive to the app's bucket and answers its key. What the bucket has is asked for, not
 * remembered: after a kill only the missing parts travel.
 */
export async function uploadArchive(
  { client }: App,
  source: ByteSource,
  store: JourneyStore,
  { world, printer }: Dependencies,
): Promise<string> {
  const bar = printer.progress("Uploading");
  try {
    const { key } = await uploadObject(client, source, {
      record: {
        load: async () => store.record.upload ?? null,
        save: (upload) => store.save({ upload }),
        clear: () => store.save({ upload: null }),
      },
      md5: (part) => createHash("md5").update(part).digest("hex"),
      onExpired: () => printer.warn("The app has forgotten the upload that was begun; sending it anew"),
      onProgress: (progress) =>
        bar.update(
          progress.bytes / progress.totalBytes,
          `${bytes(progress.bytes)} of ${bytes(progress.totalBytes)}`,
        ),
      signal: world.signal,
    });
    await store.save({ runKey: key });
    return key;
  } finally {
    bar.end();
  }
}
