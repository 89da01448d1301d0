import { spawn } from "node:child_process";
import { createReadStream, createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";

export interface ProgramOptions {
  cwd: string;
  env?: Record<string, string>;
  /** A file for its stdin. @default none */
  input?: string;
  /** A file for its stdout. @default kept in memory */
  output?: string;
}

export interface ProgramEnd {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Milliseconds. */
const PATIENCE = 180_000;

/** Runs a program to its end, whatever end that is. Rejects when it cannot be started, or takes too long. */
export async function runProgram(
  command: string,
  args: readonly string[],
  { cwd, env = {}, input, output }: ProgramOptions,
): Promise<ProgramEnd> {
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, CI: "1", NO_COLOR: "1", FORCE_COLOR: "0", ...env },
    timeout: PATIENCE,
    stdio: ["pipe", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk;
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  const said =
    output === undefined
      ? child.stdout.on("data", (chunk: Buffer) => {
          stdout += chunk;
        })
      : pipeline(child.stdout, createWriteStream(output));
  // A program that gave up closes its stdin; how it ended says why.
  const fed = input === undefined ? child.stdin.end() : pipeline(createReadStream(input), child.stdin);
  const [code] = await Promise.all([ended, said, Promise.resolve(fed).catch(() => {})]);
  // A slow machine's answer is not the program's.
  if (code === null && child.killed)
    throw new Error(`${command} ${args.join(" ")} took longer than ${PATIENCE / 1000} s`);
  return { code, stdout, stderr };
}
