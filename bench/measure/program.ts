import { type ChildProcess, spawn } from "node:child_process";
import { openSync } from "node:fs";
import { cpuSecondsOf, memoryOf, treeOf } from "./process-tree.ts";

export interface ProgramOptions {
  cwd?: string;
  env?: Record<string, string>;
  /** A file for its stdin. */
  input?: string;
  /** A file for its stdout. @default kept in memory */
  output?: string;
}

export interface ProgramRun {
  stdout: string;
  seconds: number;
  /** Of it and all it started. */
  cpuSeconds: number;
  /** The most that it and all it started held at one time, bytes; null where there is no /proc. */
  peakBytes: number | null;
}

const SAMPLE_MS = 20;

/** Runs a program to its end, in a process of its own. Rejects when it fails, with what it said. */
export async function runProgram(
  command: string,
  args: readonly string[],
  options: ProgramOptions = {},
): Promise<ProgramRun> {
  const { cwd, env, input, output } = options;
  const startedAt = performance.now();
  const child = spawn(command, args, {
    ...(cwd === undefined ? {} : { cwd }),
    env: { ...process.env, ...env },
    stdio: [
      input === undefined ? "ignore" : openSync(input, "r"),
      output === undefined ? "pipe" : openSync(output, "w"),
      "pipe",
    ],
  });
  const sampled = sampleTree(child);
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout?.on("data", (chunk: Buffer) => stdout.push(chunk));
  child.stderr?.on("data", (chunk: Buffer) => stderr.push(chunk));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  const seconds = (performance.now() - startedAt) / 1000;
  const { cpuSeconds, peakBytes } = sampled();
  if (code !== 0) {
    const said = Buffer.concat([...stderr, ...stdout]).toString();
    throw new Error(`${command} ${args.join(" ")} ended with ${code}:\n${said.slice(-2000)}`);
  }
  return { stdout: Buffer.concat(stdout).toString(), seconds, cpuSeconds, peakBytes };
}

/** Looks at a process and its descendants until the returned function is called. */
function sampleTree(child: ChildProcess): () => Pick<ProgramRun, "cpuSeconds" | "peakBytes"> {
  const cpu = new Map<number, number>();
  let peakBytes: number | null = null;
  const sample = () => {
    if (child.pid === undefined) return;
    let resident = 0;
    const tree = treeOf(child.pid);
    for (const pid of tree) {
      const memory = memoryOf(pid);
      // Alone it has its own record of its peak, which no look can miss.
      resident += (tree.length === 1 ? memory?.peak : memory?.resident) ?? 0;
      cpu.set(pid, Math.max(cpu.get(pid) ?? 0, cpuSecondsOf(pid)));
    }
    if (resident > 0) peakBytes = Math.max(peakBytes ?? 0, resident);
  };
  sample();
  const timer = setInterval(sample, SAMPLE_MS);
  return () => {
    clearInterval(timer);
    return { cpuSeconds: [...cpu.values()].reduce((sum, one) => sum + one, 0), peakBytes };
  };
}
