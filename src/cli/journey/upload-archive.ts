import { createHash } from "node:crypto";
import type { ByteSource } from "../../archive/types.ts";
import { newKey } from "../../bucket/keys.ts";
import { uploadObject } from "../../client/upload-object.ts";
import { FerryError } from "../../errors.ts";
import { bytes } from "../../numbers.ts";
import { throwIfInterrupted } from "../interruption/interrupted.ts";
import type { App } from "../places/app.ts";
import { ifFound } from "../targets/if-found.ts";
import type { JourneyStore } from "../workspace/journey-record.ts";
import type { Session } from "./session.ts";

export interface UploadArchiveOptions {
  archive: ByteSource;
  /** The file's name, where somebody named one. */
  name?: string | undefined;
  store: JourneyStore;
}

/** Bytes of an archive of what changed that is sent in one request: three take longer, and it is quickly made again. */
const AT_ONCE = 1_000_000;

/**
 * Uploads the archive to the app's bucket and answers its key. What the bucket holds is asked for, not
 * remembered: after a kill only the missing parts are sent.
 */
export async function uploadArchive(
  { client }: App,
  { archive, name, store }: UploadArchiveOptions,
  { world, printer }: Pick<Session, "world" | "printer">,
): Promise<string> {
  const bar = printer.progress("Uploading");
  try {
    const sent = await uploadAtOnce(client, { archive, store }, world);
    if (sent !== null) return sent;
    const { key } = await uploadObject(client, archive, {
      ...(name === undefined ? {} : { name }),
      ...(store.record.isOfChanges ? { format: "part" } : {}),
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

/** Null where it is to be sent in parts: it is long, or has begun so, or the app did not take it. */
async function uploadAtOnce(
  client: App["client"],
  { archive, store }: UploadArchiveOptions,
  { signal }: Pick<Session["world"], "signal">,
): Promise<string | null> {
  const { isOfChanges, upload } = store.record;
  if (!isOfChanges || upload || archive.size > AT_ONCE) return null;
  const key = newKey("sync");
  // Whoever is killed now finds by it what has arrived.
  await store.save({ runKey: key });
  try {
    const { syncKey } = await client.upload(await archive.read(0, archive.size), { newKey: key, signal });
    // An older app makes a key of its own.
    if (syncKey !== key) await store.save({ runKey: syncKey });
    return syncKey;
  } catch (error) {
    throwIfInterrupted(signal);
    if (!(error instanceof FerryError)) throw error;
    // Where only the answer was lost, it is there. What is wrong otherwise, the parts will tell.
    if ((await ifFound(client.status(key, { signal }))) !== undefined) return key;
    await store.save({ runKey: undefined });
    return null;
  }
}
