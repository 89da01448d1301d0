import { fileURLToPath } from "node:url";
import { runProgram } from "../measure/program.ts";
import type { TaskName } from "./process.ts";
import type { TaskInput, TaskOutcome } from "./task.ts";

const PROCESS = fileURLToPath(new URL("process.ts", import.meta.url));

/**
 * MB that V8's heap may have in the runs that watch it: a quarter of what a Worker has (128 MB), so
 * that what is alive has to be less. Such a Worker also collects its garbage behind every answer of
 * the database (worker/entry.ts).
 */
export const HEAP_LIMIT_MB = 32;

/** Runs a task in a process, and a workerd, of its own. */
export async function spawnTask(name: TaskName, input: TaskInput): Promise<TaskOutcome> {
  const env: Record<string, string> = input.watchHeap
    ? { MINIFLARE_WORKERD_V8_FLAGS: `--max-heap-size=${HEAP_LIMIT_MB} --expose-gc` }
    : {};
  const { stdout } = await runProgram(process.execPath, [PROCESS, name, JSON.stringify(input)], { env });
  return JSON.parse(stdout.trim().split("\n").at(-1) as string) as TaskOutcome;
}
