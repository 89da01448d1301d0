import { fileSource } from "../../src/cli/places/file-source.ts";
import { uploadObject } from "../../src/client/upload-object.ts";
import type { TaskWork } from "./task.ts";

/** An archive into the bucket in parts, and from there into D1: stage, plan, apply, verify. */
export const importTask: TaskWork = async ({ client, part }, { file }) => {
  const source = await fileSource(file as string);
  const { key } = await part("upload", () => uploadObject(client, source));
  const answer = await part("sync", () => client.sync({ syncKey: key }));
  if (answer.status !== "completed" || !answer.verified) {
    throw new Error(`The sync ended as ${answer.status}: ${answer.message}`);
  }
  return key;
};
