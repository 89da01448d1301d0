import type { TaskWork } from "./task.ts";

/** D1 into the bucket. */
export const exportTask: TaskWork = async ({ client, count }) => {
  const { exportKey, bytes } = await client.export({}, { onProgress: count });
  return { key: exportKey, bytes };
};
