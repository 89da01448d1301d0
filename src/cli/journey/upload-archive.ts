import { createHash } from "node:crypto";
import type { ByteSource } from "../../archive/types.ts";
import { uploadObject } from "../../client/upload-object.ts";
import type { App } from "../places/app.ts";
import { bytes } from "../printing/numbers.ts";
import type { JourneyStore } from "../workspace/journey-record.ts";
import type { Session } from "./session.ts";

export interface UploadArchiveOptions {
  archive: ByteSource;
  store: JourneyStore;
}

/**
 * Uploads the archive to the app's bucket and answers its key. What the bucket holds is asked for, not
 * remembered: after a kill only the missing parts are sent.
 */
export async function uploadArchive(
  { client }: App,
  { archive, store }: UploadArchiveOptions,
  { world, printer }: Pick<Session, "world" | "printer">,
): Promise<string> {
  const bar = printer.progress("Uploading");
  try {
    const { key } = await uploadObject(client, archive, {
      record: {
        load: async () => store.record.upload ?? null,
        save: (upload) => store.save({ upload }),
        clear: () => store.save({ upload: null }),
      },
      md5: (part) => createHash("md5").update(part).digest("hex"),
      onExpired: () =>
        printer.warn("The app has forgotten the upload that was in progress; sending the file again"),
      onProgress: ({ bytes: sent, totalBytes }) =>
        bar.update(sent / totalBytes, `${bytes(sent)} of ${bytes(totalBytes)}`),
      signal: world.signal,
    });
    await store.save({ runKey: key });
    return key;
  } finally {
    bar.end();
  }
}
