import { open, stat } from "node:fs/promises";
import { EXPORT_PART_BYTES } from "../../src/bucket/object-writer.ts";
import { readFrames } from "../data/frames.ts";
import type { TaskContext, TaskWork } from "./task.ts";

/** An archive's bytes into R2 and back, and ready rows into D1. */
export const floorImportTask: TaskWork = async ({ worker, part }, { file, frames }) => {
  await part("bytes through R2", () => putObjects(worker, file as string, true));
  await part("rows into D1", async () => {
    for await (const { table, columns, rows } of readFrames(frames as string))
      await post(worker, `insert?table=${encodeURIComponent(table)}&columns=${columns}`, rows);
  });
  return undefined;
};

/** All rows out of D1, and an archive's bytes into R2. */
export const floorExportTask: TaskWork = async ({ worker, part }, { file, read }) => {
  await part("rows out of D1", async () => {
    const count = await (await post(worker, "select", JSON.stringify(read))).json();
    if (count !== read?.rows) throw new Error(`The floor read ${count} rows of ${read?.rows}`);
  });
  await part("bytes into R2", () => putObjects(worker, file as string, false));
  return undefined;
};

async function putObjects(worker: TaskContext["worker"], file: string, readBack: boolean): Promise<void> {
  const { size } = await stat(file);
  const handle = await open(file);
  try {
    for (let at = 0; at < size; at += EXPORT_PART_BYTES) {
      const body = Buffer.alloc(Math.min(EXPORT_PART_BYTES, size - at));
      await handle.read(body, 0, body.length, at);
      await post(worker, "put", body);
      if (readBack) await post(worker, "get");
    }
  } finally {
    await handle.close();
  }
}

async function post({ url }: TaskContext["worker"], what: string, body?: BodyInit): Promise<Response> {
  const response = await fetch(`${url}/floor/${what}`, { method: "POST", body: body ?? null });
  if (!response.ok) throw new Error(`The floor failed: ${await response.text()}`);
  return response;
}
