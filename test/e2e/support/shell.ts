import { spawn } from "node:child_process";
import { expect } from "vitest";

export interface ShellOptions {
  cwd: string;
  env?: Record<string, string>;
}

/** Runs lines of bash as they stand, and answers what they printed. Fails when one of them fails. */
export function bash(script: string, { cwd, env }: ShellOptions): Promise<string> {
  const { PATH = "" } = process.env;
  const child = spawn("bash", ["-euo", "pipefail", "-c", script], { cwd, env: { PATH, ...env } });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      if (code === 0) resolve(stdout);
      else reject(new Error(`exit code ${code} of:\n${script}\n${stderr}${stdout}`));
    });
  });
}

/** The same, for lines that print JSON. */
export async function bashJson(script: string, options: ShellOptions): Promise<Record<string, unknown>> {
  const printed = await bash(script, options);
  expect(printed, script).toMatch(/^\s*\{/);
  return JSON.parse(printed) as Record<string, unknown>;
}
