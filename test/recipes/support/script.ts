import { spawn } from "node:child_process";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ENTRY, IMPATIENCE, NODE } from "../../support/cli.ts";

export interface ScriptRun {
  code: number | null;
  /** Both streams, as a terminal would show them. */
  output: string;
}

export interface ScriptOptions {
  cwd: string;
  env?: Record<string, string>;
  /** The shell and its flags. @default ["sh"] */
  shell?: readonly string[];
  /** What it says when the machine goes down: it is killed, with all that it has started. */
  killAt?: RegExp;
}

/**
 * Runs a script of the docs as it stands, in a shell that has nothing but what it is given. `npx` there is one that has
 * this package installed: it runs the command of this source. Nothing waits long between tries.
 */
export async function runScript(
  script: string,
  { cwd, env = {}, shell = ["sh"], killAt }: ScriptOptions,
): Promise<ScriptRun> {
  const bin = await binOf(cwd);
  const [command = "sh", ...flags] = shell;
  const file = join(cwd, ".script.sh");
  await writeFile(file, script);
  const { PATH, HOME, TMPDIR = "" } = process.env;
  const child = spawn(command, [...flags, file], {
    cwd,
    env: { PATH: `${bin}:${PATH}`, HOME, TMPDIR, ...env },
    stdio: ["ignore", "pipe", "pipe"],
    // A process group of its own, so that all of it can be killed.
    detached: true,
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      if (killAt?.test(output) && child.exitCode === null && child.pid) process.kill(-child.pid, "SIGKILL");
    });
  }
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, output }));
  });
}

async function binOf(cwd: string): Promise<string> {
  const bin = join(cwd, ".bin");
  await mkdir(bin, { recursive: true });
  const npx = `#!/bin/sh\n[ "$1" = d1-ferry ] || exit 127\nshift\nexec '${NODE}' --import '${IMPATIENCE.replaceAll("'", "%27")}' '${ENTRY}' "$@"\n`;
  await writeFile(join(bin, "npx"), npx);
  await chmod(join(bin, "npx"), 0o755);
  return bin;
}
