import { openAsBlob } from "node:fs";
import pLimit from "p-limit";
import { FerryError } from "../../errors.ts";
import type { Dependencies } from "../dependencies.ts";
import { throwIfInterrupted } from "../interrupt.ts";
import type { App } from "../places/app.ts";
import { bytes } from "../printing/numbers.ts";
import type { JourneyStore } from "./record.ts";

/** Parts on their way at the same time. */
const PARALLEL = 4;

/**
 * Brings the archive to the app's bucket, in parts of the size the app fixed at start, and answers its
 * key. What the bucket has is asked for, not remembered: after a kill only the missing parts travel.
 */
export async function deliver(
  app: App,
  path: string,
  store: JourneyStore,
  dependencies: Dependencies,
): Promise<string> {
  const { world, printer } = dependencies;
  const file = await openAsBlob(path);
  const upload = await beginOrGoOn(app, store);
  const { key, uploadId, chunkSize, parts } = upload;
  if (!upload.completed) {
    const total = Math.max(1, Math.ceil(file.size / chunkSize));
    const missing = Array.from({ length: total }, (_, i) => i + 1).filter((number) => !parts.has(number));
    const bar = printer.progress("Uploading");
    let sent = file.size - missing.reduce((sum, number) => sum + partOf(file, number, chunkSize).size, 0);
    const limit = pLimit(PARALLEL);
    try {
      await limit.map(missing, async (partNumber) => {
        throwIfInterrupted(world.signal);
        const part = partOf(file, partNumber, chunkSize);
        const { etag } = await app.uploadPart(key, uploadId, partNumber, part);
        parts.set(partNumber, etag);
        sent += part.size;
        bar.update(sent / file.size, `${bytes(sent)} of ${bytes(file.size)}`);
      });
    } finally {
      limit.clearQueue();
      bar.end();
    }
    const list = [...parts].map(([partNumber, etag]) => ({ partNumber, etag }));
    await app.completeUpload(
      key,
      uploadId,
      list.sort((a, b) => a.partNumber - b.partNumber),
    );
  }
  await store.save({ runKey: key });
  return key;
}

function partOf(file: Blob, partNumber: number, chunkSize: number): Blob {
  return file.slice((partNumber - 1) * chunkSize, Math.min(partNumber * chunkSize, file.size));
}

interface Upload {
  key: string;
  uploadId: string;
  chunkSize: number;
  /** Etags by part number. */
  parts: Map<number, string>;
  completed: boolean;
}

async function beginOrGoOn(app: App, store: JourneyStore): Promise<Upload> {
  const begun = store.record.upload;
  if (begun !== undefined) {
    const held = await app.uploadedParts(begun.key, begun.uploadId);
    if (held !== null) {
      if (held.chunkSize !== begun.chunkSize) {
        throw new FerryError("PART_SIZE_MISMATCH", "The app holds this upload with another part size", {
          hint: "Add --fresh to upload anew",
        });
      }
      const parts = new Map(held.parts.map(({ partNumber, etag }) => [partNumber, etag]));
      return { ...begun, parts, completed: held.completed !== null };
    }
  }
  const upload = await app.startUpload();
  await store.save({ upload });
  return { ...upload, parts: new Map(), completed: false };
}
