import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";

const FOLDER = new URL("../../examples/community-pulse/", import.meta.url);

/** Runs one of the example app's scripts, in the app's folder, to its end. */
export function runScript(name: string, args: string[], env: Record<string, string> = {}) {
  return new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
    const child = execFile(
      process.execPath,
      [fileURLToPath(new URL(`scripts/${name}`, FOLDER)), ...args],
      { cwd: fileURLToPath(FOLDER), env: { ...process.env, ...env } },
      (_error, stdout, stderr) => resolve({ code: child.exitCode ?? 1, stdout, stderr }),
    );
  });
}
