import { createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import type { TaskWork } from "./task.ts";

/** D1 into the bucket. */
export const exportTask: TaskWork = async ({ client, part }) => {
  const { exportKey } = await part("export", () => client.export({}));
  return exportKey;
};

/** The archive out of the bucket into a file. */
export const fetchTask: TaskWork = async ({ client }, { key, file }) => {
  const { stream } = await client.downloadArchive(key as string);
  await pipeline(stream, createWriteStream(file as string));
  return key;
};
