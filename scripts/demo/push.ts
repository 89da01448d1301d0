import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { FerryError, isErrorCode } from "../../src/errors.ts";
import { run } from "./processes.ts";

const CLI = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));

export interface PushOptions {
  from: string;
  to: string;
  token: string;
  /** The working directory of the command. */
  cwd: string;
}

/** What `d1-ferry push --json` prints, as far as the demo reads it. */
export interface PushResult {
  success: true;
  syncKey: string;
  version: number;
  results: Record<string, Record<"inserted" | "updated" | "unchanged" | "deleted" | "skipped", number>>;
  verified: boolean;
  /** The archive that travelled. */
  bytes: number;
  usage: { source: Usage; target: Usage };
}

type Usage = Record<"export" | "upload" | "sync", UsageSum>;

export interface UsageSum {
  invocations: number;
  statements: number;
  maxStatementsPerInvocation: number;
  bucketOperations: number;
}

export interface Refusal {
  success: false;
  error: string;
  code: string;
}

export type Push = (PushResult | Refusal) & { exitCode: number | null; seconds: number };

/** Runs the built command, as a person's shell would, and reads what it printed. */
export async function push(flags: readonly string[], options: PushOptions): Promise<Push> {
  if (!existsSync(CLI)) throw new Error("dist/cli.js is not there: npm run build makes it");
  const { from, to, token, cwd } = options;
  await mkdir(cwd, { recursive: true });
  const env = { LOCAL_API: from, PROD_API: to, FERRY_TOKEN: token };
  const { code, stdout, stderr, ms } = await run([CLI, "push", "--yes", "--json", ...flags], { cwd, env });
  const line = stdout.trim().split("\n").at(-1);
  if (!line) throw new Error(`d1-ferry push printed no result and ended with code ${code}:\n${stderr}`);
  return { ...(JSON.parse(line) as PushResult | Refusal), exitCode: code, seconds: ms / 1000 };
}

/** The push as a completed one. Throws what it was refused with. */
export function completed(pushed: Push): PushResult & { seconds: number } {
  if (pushed.success) return pushed;
  throw new FerryError(isErrorCode(pushed.code) ? pushed.code : "INTERNAL", pushed.error);
}
