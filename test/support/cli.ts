import { spawn } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { mkdtemp, readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Readable } from "node:stream";
import { expect } from "vitest";
import { inSample } from "./cases.ts";
import { checkResult } from "./cli-results.ts";
import { collector } from "./collector.ts";

export interface CliRun {
  code: number | null;
  stdout: Buffer;
  stderr: string;
}

export interface CliOptions {
  cwd: string;
  env?: Record<string, string>;
  /** What is piped to it. @default nothing */
  stdin?: Uint8Array;
  /** A try that failed is repeated at once, where what is shown is the end of all of them. @default false */
  impatient?: boolean;
  /** Called with a way to signal the process. */
  onStart?: (kill: (signal: NodeJS.Signals) => void) => void;
  /** Called with the process's stderr so far whenever it grows; may kill it. */
  onStderr?: (text: string, kill: (signal: NodeJS.Signals) => void) => void;
  /** Aborted to kill with SIGKILL, as a machine that goes down does. */
  kill?: AbortSignal;
}

const SOURCE = resolve("src/cli/main.ts");
const BUILT = resolve("dist/cli.js");

/** The Node that the command runs on, when it is another than the tests' own (`npm run test:oldest-node`). */
export const { FERRY_CLI_NODE: NODE = process.execPath } = process.env;

/** The built command, as the package ships it; while the build is older than the source, the source. */
export const ENTRY = isFresh(BUILT) ? BUILT : SOURCE;
if (ENTRY === SOURCE && NODE !== process.execPath) throw new Error("Run npm run build first: dist/ is older");

function isFresh(built: string): boolean {
  if (!existsSync(built)) return false;
  const { mtimeMs } = statSync(built);
  const sources = readdirSync("src", { recursive: true, encoding: "utf8" });
  return sources.every((name) => statSync(join("src", name)).mtimeMs <= mtimeMs);
}

/** A module that shortens the pauses between tries, which take half a second to eight, and no time limit. */
export const IMPATIENCE = `data:text/javascript,${encodeURIComponent(`
  const { setTimeout: wait } = globalThis;
  globalThis.setTimeout = Object.assign(
    (run, ms, ...rest) => wait(run, ms >= 500 && ms <= 8000 ? ms / 20 : ms, ...rest), wait);`)}`;

/** What only a process has: signals, and what Node reads from the environment. */
const needsProcess = ({ onStart, onStderr, kill, impatient, env = {} }: CliOptions): boolean =>
  NODE !== process.execPath ||
  Boolean(onStart ?? onStderr ?? kill ?? impatient) ||
  ["TMPDIR", "HOME", "NODE_OPTIONS", "TZ"].some((name) => name in env);

/**
 * Runs the command line without a terminal: as a process of its own, or, in the tests that a sample leaves out, here,
 * where nothing has to start.
 */
export function runCli(args: readonly string[], options: CliOptions): Promise<CliRun> {
  const { currentTestName = "" } = expect.getState();
  return needsProcess(options) || inSample(currentTestName)
    ? spawnCli(args, options)
    : checked(args, runHere(args, options));
}

/** What it printed for a program is what docs/cli.md says, however the command ended. */
async function checked(args: readonly string[], running: Promise<CliRun>): Promise<CliRun> {
  const run = await running;
  if (args.includes("--json") && run.code !== null) checkResult(args, run.stdout.toString());
  return run;
}

async function runHere(args: readonly string[], { cwd, env, stdin }: CliOptions): Promise<CliRun> {
  const { runCommandLine } = await import("../../src/cli/program/run-command-line.ts");
  const { PATH, HOME, TMPDIR } = process.env;
  const [stdout, stderr] = [collector(), collector()];
  const code = await runCommandLine(args, {
    env: { PATH, HOME, TMPDIR, ...env },
    cwd,
    stdin: Readable.from(stdin === undefined ? [] : [stdin]),
    stdout,
    stderr,
    fetch,
    now: Date.now,
    signal: new AbortController().signal,
  });
  return { code, stdout: stdout.bytes(), stderr: stderr.text() };
}

/** Runs it as a process of its own. */
export function spawnCli(args: readonly string[], options: CliOptions): Promise<CliRun> {
  const { PATH, HOME, TMPDIR = "", NODE_COMPILE_CACHE } = process.env;
  const flags = options.impatient ? ["--import", IMPATIENCE] : [];
  const child = spawn(NODE, [...flags, ENTRY, ...args], {
    cwd: options.cwd,
    env: { PATH, HOME, TMPDIR, ...(NODE_COMPILE_CACHE ? { NODE_COMPILE_CACHE } : {}), ...options.env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  // A command that does not read it may end before it is taken.
  child.stdin.on("error", () => {});
  child.stdin.end(options.stdin);
  options.onStart?.((signal) => child.kill(signal));
  options.kill?.addEventListener("abort", () => child.kill("SIGKILL"));
  const stdout: Buffer[] = [];
  let stderr = "";
  child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk.toString();
    options.onStderr?.(stderr, (signal) => child.kill(signal));
  });
  const ended = new Promise<CliRun>((done, reject) => {
    child.on("error", reject);
    child.on("close", (code) => done({ code, stdout: Buffer.concat(stdout), stderr }));
  });
  return checked(args, ended);
}

export function jsonOf(run: CliRun): Record<string, unknown> {
  const text = run.stdout.toString();
  if (!text.endsWith("\n") || text.trim().includes("\n")) throw new Error(`not one line of JSON: ${text}`);
  return JSON.parse(text) as Record<string, unknown>;
}

/**
 * How many requests may be made of work that fits one: a busy machine may stop an app for the 15 s
 * after which it hands over to the next.
 */
export function requestsIn(seconds: unknown): number {
  return 1 + Math.floor((Number(seconds) + 0.1) / 15);
}

export function workDirectory(): Promise<string> {
  return mkdtemp(join(tmpdir(), "ferry-cli-"));
}

/** What stays in a command's own directory, whatever it did. */
export const STAYS: readonly string[] = [".gitignore", "bases"];

/** What a command has left in it beside that. */
export async function leftIn(directory: string): Promise<string[]> {
  return (await readdir(directory)).filter((name) => !STAYS.includes(name));
}
