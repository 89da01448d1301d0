import { createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import type { TaskWork } from "./task.ts";

/** The plain JSON document out of the bucket; nothing keeps it. */
export const downloadTask: TaskWork = async ({ client }, { key }) => {
  let bytes = 0;
  for await (const chunk of await client.download(key as string)) bytes += chunk.byteLength;
  return { bytes };
};

/** The archive as it is stored, into a file. */
export const fetchTask: TaskWork = async ({ client }, { key, file }) => {
  const { stream, size } = await client.downloadArchive(key as string);
  await pipeline(stream, createWriteStream(file as string));
  return { bytes: size ?? 0 };
};
