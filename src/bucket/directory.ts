import { join } from "node:path";
import { entryOf, store } from "./directory-files.ts";
import {
  commitObject,
  deleteObjects,
  getObject,
  headObject,
  listObjects,
  type ObjectFolders,
  replaceObject,
} from "./directory-objects.ts";
import { beginUpload, findUpload, joinParts, removeUpload, storePart } from "./directory-uploads.ts";
import type { Bucket } from "./port.ts";

/**
 * A directory as a bucket, held to R2's rules.
 *
 *   objects/<encoded name>.json    what the object is and which file holds its bytes
 *   data/<uuid>                    bytes of an object, never changed once written
 *   uploads/<id>/upload.json       an open upload; beside it its parts, each a .json and a data file
 *
 * An object appears, or is replaced, by the rename of its .json: before that the old one is whole,
 * after it the new one. A crash leaves at most a file in data/ that nothing names. Two processes
 * may use one directory.
 */
export function directoryBucket(path: string): Bucket {
  const folders: ObjectFolders = { entries: join(path, "objects"), data: join(path, "data") };
  const uploads = join(path, "uploads");

  return {
    head: (name) => headObject(folders, name),
    get: (name, range) => getObject(folders, name, range),
    async put(name, body, options) {
      const stored = await store(folders.data, body);
      return commitObject(folders, name, entryOf(stored, options));
    },
    async replace(name, etag, body, options) {
      const stored = await store(folders.data, body);
      return replaceObject(folders, name, { etag, entry: entryOf(stored, options) });
    },
    delete: (names) => deleteObjects(folders, names),
    list: (options) => listObjects(folders, options),

    async createUpload(name, options) {
      return { uploadId: await beginUpload(uploads, { name, ...options }) };
    },
    async uploadPart(name, part) {
      return { etag: await storePart(await findUpload(uploads, name, part.uploadId), part) };
    },
    async completeUpload(name, uploadId, parts) {
      const open = await findUpload(uploads, name, uploadId);
      const stored = await joinParts(open, parts, folders.data);
      const info = await commitObject(folders, name, entryOf(stored, open.upload));
      await removeUpload(open);
      return info;
    },
    async abortUpload(name, uploadId) {
      const open = await findUpload(uploads, name, uploadId).catch(() => null);
      if (open !== null) await removeUpload(open);
    },
  };
}
