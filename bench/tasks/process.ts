import { downloadTask, fetchTask } from "./download.ts";
import { exportTask } from "./export.ts";
import { syncTask } from "./sync.ts";
import { runTask, type TaskInput, type TaskWork } from "./task.ts";
import { uploadTask } from "./upload.ts";

const TASKS = {
  export: exportTask,
  download: downloadTask,
  fetch: fetchTask,
  upload: uploadTask,
  sync: syncTask,
} satisfies Record<string, TaskWork>;

export type TaskName = keyof typeof TASKS;

/** Runs one task in this process: `node process.ts NAME INPUT`, INPUT being JSON, the outcome as JSON on stdout. */
const [name, input] = process.argv.slice(2);
const outcome = await runTask(TASKS[name as TaskName], JSON.parse(input as string) as TaskInput);
process.stdout.write(`${JSON.stringify(outcome)}\n`);
