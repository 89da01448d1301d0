import type { TaskWork } from "./task.ts";

/** The bucket into D1: stage, plan, apply, verify. */
export const syncTask: TaskWork = async ({ client, count }, { key }) => {
  const answer = await client.sync({ syncKey: key as string }, { onProgress: count });
  if (answer.status !== "completed" || !answer.verified) {
    throw new Error(`The sync ended as ${answer.status}: ${answer.message}`);
  }
  return { bytes: 0 };
};
