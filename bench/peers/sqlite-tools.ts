import { spawnSync } from "node:child_process";
import { stat } from "node:fs/promises";
import { type ProgramRun, runProgram } from "../measure/program.ts";

/** SQLite's programs that carry a change from a file to another, each as found; null where it is not. */
export interface SqliteTools {
  sqldiff: string | null;
  rsync: string | null;
  /** Runs what sqldiff wrote. */
  shell: string | null;
}

/** Their names, or where they are. */
export interface ToolNames {
  sqldiff: string;
  rsync: string;
}

export function findTools({ sqldiff, rsync }: ToolNames): SqliteTools {
  return {
    sqldiff: runs(sqldiff, "--help"),
    rsync: runs(rsync, "--version"),
    shell: runs("sqlite3", "--version"),
  };
}

/** A program that is there, whatever it ends with. */
function runs(command: string, flag: string): string | null {
  return spawnSync(command, [flag], { stdio: "ignore" }).error === undefined ? command : null;
}

/** What a program took, and the bytes that it would send to another machine. */
export interface Carried {
  seconds: number;
  /** Of all its processes. */
  cpuSeconds: number;
  bytes: number;
}

/** `sqldiff` reads both files; the SQL that it writes into `sql` is run by the shell. */
export async function carryBySqldiff(
  { sqldiff, shell }: { sqldiff: string; shell: string },
  { source, target, sql }: { source: string; target: string; sql: string },
): Promise<Carried> {
  // It writes no transaction unless it is asked to, and each statement would be one.
  const found = await runProgram(sqldiff, ["--transaction", target, source], { output: sql });
  const run = await runProgram(shell, ["-bail", target], { input: sql });
  return {
    seconds: found.seconds + run.seconds,
    cpuSeconds: found.cpuSeconds + run.cpuSeconds,
    bytes: (await stat(sql)).size,
  };
}

/** Between two files of one machine; its other half, which ssh would start elsewhere, is a process beside it. */
export async function carryByRsync(
  rsync: string,
  { source, target }: { source: string; target: string },
): Promise<Carried> {
  const run = await runProgram(rsync, ["-v", source, target]);
  return { seconds: run.seconds, cpuSeconds: run.cpuSeconds, bytes: bytesTold(run) };
}

export function bytesTold({ stdout }: Pick<ProgramRun, "stdout">): number {
  const told = /sent ([\d,]+) bytes, received ([\d,]+) bytes/.exec(stdout);
  if (told === null) throw new Error(`sqlite3_rsync did not say what it sent:\n${stdout}`);
  return told.slice(1).reduce((sum, digits) => sum + Number(digits.replaceAll(",", "")), 0);
}
