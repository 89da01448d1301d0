import { fileURLToPath } from "node:url";
import { runProgram } from "../measure/program.ts";
import type { TaskName } from "./process.ts";
import type { TaskInput, TaskOutcome } from "./task.ts";

const PROCESS = fileURLToPath(new URL("process.ts", import.meta.url));

/** Runs a task in a process, and a workerd, of its own. */
export async function spawnTask(name: TaskName, input: TaskInput): Promise<TaskOutcome> {
  const { stdout } = await runProgram(process.execPath, [PROCESS, name, JSON.stringify(input)]);
  return JSON.parse(stdout.trim().split("\n").at(-1) as string) as TaskOutcome;
}
