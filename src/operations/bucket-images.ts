import { type FerryKey, objectName, parseKey } from "../bucket/keys.ts";
import { createSink, type SinkState } from "../bucket/object-writer.ts";
import { ownedBy } from "../bucket/owner.ts";
import type { Bucket } from "../bucket/port.ts";
import { FerryError } from "../errors.ts";
import type { ImageSink, ImageStore } from "../sync/undo/image-store.ts";
import { forgetState, keepPiece, readCarried, stateName } from "./carried-pieces.ts";

/*
 * Rows as they were before a run, in the bucket, each archive under a key of its own. Between two requests the run's
 * record says where the writing stands, and the bytes that no part holds are pieces beside it, as an export's are. They
 * stay until the archive is finished: a request that dies leaves a record that may name any of them. Only an upload in
 * parts has a state in the bucket too, by which a prune finds it.
 */

/** What the run's record keeps; plain JSON. */
interface PausedImages {
  sink: SinkState;
  /** The names of the carried pieces, in their order. */
  pieces: string[];
}

/** Keeps archives in the bucket, as somebody's. */
export function bucketImages(bucket: Bucket, owner: string | null): ImageStore {
  return {
    remove: (key) => bucket.delete([objectName(parseKey(key))]),
    open: (text, state) =>
      openImages(bucket, { key: parseKey(text), owner, paused: (state ?? null) as PausedImages | null }),
  };
}

interface OpenImages {
  key: FerryKey;
  owner: string | null;
  paused: PausedImages | null;
}

function openImages(bucket: Bucket, { key, owner, paused }: OpenImages): ImageSink {
  let pieces = paused?.pieces ?? [];
  const metadata = ownedBy(owner);
  const noteUpload = (sink: SinkState) => {
    const state = new TextEncoder().encode(JSON.stringify({ sink, pieces }));
    return bucket.put(stateName(key), state, { metadata });
  };
  const noting: Bucket = {
    ...bucket,
    async createUpload(name, options) {
      await abortEarlier(bucket, key);
      const upload = await bucket.createUpload(name, options);
      await noteUpload({ partBytes: 0, uploadId: upload.uploadId, parts: [], carried: [] });
      return upload;
    },
  };
  const sink = createSink(noting, objectName(key), {
    ...{ contentType: "application/gzip", metadata },
    ...(paused === null
      ? {}
      : {
          paused: {
            state: structuredClone(paused.sink),
            readCarried: () => readCarried(bucket, key, pieces),
          },
        }),
  });
  const attempt = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw paused === null ? error : asGone(key, error);
    }
  };
  return {
    write: (bytes) => attempt(() => sink.write(bytes)),
    pause: () =>
      attempt(async () => {
        const { state, left } = await sink.pause();
        const kept = await keepPiece(bucket, key, { pieces, sink: state, left });
        pieces = kept.pieces;
        const own = { ...state, carried: kept.carried };
        if (own.uploadId !== null) await noteUpload(own);
        return { sink: own, pieces } satisfies PausedImages;
      }),
    finish: () =>
      attempt(async () => {
        const bytes = await sink.finish();
        // What cannot be forgotten now waits for a prune.
        const isWhole = paused === null && (await sink.pause()).state.uploadId === null;
        if (!isWhole) await forgetState(bucket, key).catch(() => undefined);
        return bytes;
      }),
  };
}

/** An upload that a request began which died before its record said so. */
async function abortEarlier(bucket: Bucket, key: FerryKey): Promise<void> {
  const object = await bucket.get(stateName(key));
  if (object === null) return;
  const { sink } = JSON.parse(await new Response(object.body).text()) as PausedImages;
  if (sink.uploadId !== null) await bucket.abortUpload(objectName(key), sink.uploadId);
}

/** What the bucket refuses for good of what an earlier request left: it is not there any more, or not as it was. */
function asGone(key: FerryKey, error: unknown): unknown {
  if (!(error instanceof FerryError) || error.transient) return error;
  return new FerryError("UPLOAD_NOT_FOUND", `What was kept of ${key} is not there any more`, {
    cause: error,
  });
}
