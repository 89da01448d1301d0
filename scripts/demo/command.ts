import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { run } from "./processes.ts";

const CLI = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));

export interface CommandOptions {
  from: string;
  to: string;
  token: string;
  /** The working directory of the command. */
  cwd: string;
}

export interface Refusal {
  success: false;
  error: string;
  code: string;
  details?: { conflictRows?: number };
}

/** What a command printed, how it ended, and how long it took. */
export type Printed<T> = (T | Refusal) & { exitCode: number | null; seconds: number };

/** Runs the built command, as a person's shell would, and reads what it printed. */
export async function runCommand<T>(words: readonly string[], options: CommandOptions): Promise<Printed<T>> {
  if (!existsSync(CLI)) throw new Error("dist/cli.js is not there: npm run build makes it");
  const { from, to, token, cwd } = options;
  await mkdir(cwd, { recursive: true });
  const env = { LOCAL_API: from, PROD_API: to, FERRY_TOKEN: token };
  const { code, stdout, stderr, ms } = await run([CLI, ...words, "--json"], { cwd, env });
  const line = stdout.trim().split("\n").at(-1);
  if (!line)
    throw new Error(`d1-ferry ${words[0]} printed no result and ended with code ${code}:\n${stderr}`);
  return { ...(JSON.parse(line) as T | Refusal), exitCode: code, seconds: ms / 1000 };
}
