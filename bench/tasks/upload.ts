import { fileSource } from "../../src/cli/places/file-source.ts";
import { uploadObject } from "../../src/client/upload-object.ts";
import type { TaskWork } from "./task.ts";

/** An archive into the bucket, in parts. */
export const uploadTask: TaskWork = async ({ client }, { file }) => {
  const { key, bytes } = await uploadObject(client, await fileSource(file as string));
  return { key, bytes };
};
