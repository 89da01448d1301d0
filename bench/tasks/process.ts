import { byHandTask } from "./by-hand.ts";
import { exportTask, fetchTask } from "./export.ts";
import { floorExportTask, floorImportTask } from "./floor.ts";
import { importTask } from "./import.ts";
import { runTask, type TaskInput, type TaskWork } from "./task.ts";

const TASKS = {
  export: exportTask,
  fetch: fetchTask,
  import: importTask,
  byHand: byHandTask,
  floorExport: floorExportTask,
  floorImport: floorImportTask,
} satisfies Record<string, TaskWork>;

export type TaskName = keyof typeof TASKS;

/** Runs one task in this process: `node process.ts NAME INPUT`, INPUT being JSON, the outcome as JSON on stdout. */
const [name, input] = process.argv.slice(2);
const outcome = await runTask(TASKS[name as TaskName], JSON.parse(input as string) as TaskInput);
process.stdout.write(`${JSON.stringify(outcome)}\n`);
