import { fileURLToPath } from "node:url";
import { runProgram } from "../program.ts";

const COMMAND = fileURLToPath(new URL("../../../dist/cli.js", import.meta.url));

/** Runs d1-ferry; null when it ended well, else what it said. */
export async function ferry(
  folder: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<string | null> {
  const { code, stdout, stderr } = await runProgram(process.execPath, [COMMAND, ...args, "--json"], {
    cwd: folder,
    env,
  });
  if (code === 0) return null;
  if (!stdout.startsWith("{")) return `exit code ${code}: ${stderr.trim().split("\n").at(-1) ?? ""}`;
  const answer = JSON.parse(stdout) as { error?: string; code?: string; status?: string };
  return answer.error ?? `exit code ${code}: ${answer.status ?? ""}`;
}
