import { type ChildProcess, spawn } from "node:child_process";
import { printedAddress } from "./address.ts";

export interface StartOptions {
  cwd?: string;
  /** Added to the few variables that every child gets. */
  env?: Record<string, string>;
}

export interface RunOptions extends StartOptions {
  /** The Node to run it on. @default this process's own */
  node?: string;
  /** Milliseconds after which it and all that it started are killed. @default none */
  limitMs?: number;
}

export interface Finished {
  /** Null when a signal ended it. */
  code: number | null;
  stdout: string;
  stderr: string;
  /** Milliseconds. */
  ms: number;
}

/** A process that runs until it is stopped. */
export interface Server {
  readonly name: string;
  /** The last that it wrote, for whoever asks why it does not answer. */
  output(): string;
  readonly running: boolean;
  /**
   * The address that it prints once it listens, without a trailing slash. Rejects when the process ends
   * before, or prints none within `ms`.
   */
  address(ms: number): Promise<string>;
  /** Asks it to end and waits; takes it down after a few seconds. Twice is fine. */
  stop(): Promise<void>;
  /** SIGKILL to it and to all that it started, as a machine that goes down does. */
  kill(): Promise<void>;
}

/** Milliseconds that a process has to end by itself. */
const PATIENCE_MS = 4_000;
const KEPT_CHARACTERS = 20_000;

/** Ends a process that was started here, and waits for its end. */
type End = (signal: NodeJS.Signals) => Promise<void>;
const running = new Set<End>();

/** Runs a Node script as a server. */
export function startServer(name: string, args: readonly string[], options: StartOptions = {}): Server {
  const { child, end } = start(process.execPath, args, options);
  let text = "";
  let wake = () => {};
  function add(more: string): void {
    text = (text + more).slice(-KEPT_CHARACTERS);
    wake();
  }
  child.stdout?.setEncoding("utf8").on("data", add);
  child.stderr?.setEncoding("utf8").on("data", add);
  child.once("error", (error) => add(String(error)));
  return {
    name,
    output: () => text,
    get running() {
      return isRunning(child);
    },
    async address(ms) {
      const until = Date.now() + ms;
      for (;;) {
        const ended = !isRunning(child);
        const address = printedAddress(text);
        if (ended) throw new Error(`${name} ended before it was ready:\n${text}`);
        if (address !== null) return address;
        if (Date.now() > until) {
          throw new Error(`${name} printed no address within ${ms / 1000} s:\n${text}`);
        }
        await new Promise<void>((resolve) => {
          wake = resolve;
          setTimeout(resolve, 200);
        });
      }
    },
    stop: () => end("SIGTERM"),
    kill: () => end("SIGKILL"),
  };
}

/** Runs a Node script to its end. */
export function run(args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  const began = performance.now();
  const { child, ended, end } = start(options.node ?? process.execPath, args, options);
  const { limitMs } = options;
  const late = limitMs === undefined ? undefined : setTimeout(() => void end("SIGKILL"), limitMs);
  let stdout = "";
  let stderr = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    void ended.then(() => {
      clearTimeout(late);
      resolve({ code: child.exitCode, stdout, stderr, ms: performance.now() - began });
    });
  });
}

/** Stops everything that was started here and still runs. */
export async function stopAll(): Promise<void> {
  await Promise.all([...running].map((end) => end("SIGTERM")));
}

/** Each in a process group of its own, so that what it starts in turn ends with it. */
function start(node: string, args: readonly string[], { cwd, env }: StartOptions) {
  const child = spawn(node, args, {
    cwd,
    env: { ...childEnvironment(), ...env },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  const ended = new Promise<void>((resolve) => {
    child.once("close", () => resolve());
    child.once("error", () => resolve());
  });
  async function end(signal: NodeJS.Signals): Promise<void> {
    signalGroup(child, signal);
    const late = setTimeout(() => signalGroup(child, "SIGKILL"), PATIENCE_MS);
    await ended;
    clearTimeout(late);
    // What it left behind in its group.
    signalGroup(child, "SIGKILL");
  }
  running.add(end);
  void ended.then(() => running.delete(end));
  return { child, ended, end };
}

/** What a program needs of its parent's environment, and nothing that would change what it does. */
function childEnvironment(): Record<string, string> {
  const { PATH = "", HOME = "", TMPDIR, LANG, NODE_COMPILE_CACHE } = process.env;
  return {
    PATH,
    HOME,
    ...(TMPDIR === undefined ? {} : { TMPDIR }),
    ...(LANG === undefined ? {} : { LANG }),
    ...(NODE_COMPILE_CACHE === undefined ? {} : { NODE_COMPILE_CACHE }),
    ASTRO_TELEMETRY_DISABLED: "1",
    WRANGLER_SEND_METRICS: "false",
    NO_COLOR: "1",
  };
}

function isRunning(child: ChildProcess): boolean {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null;
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // The group is gone.
  }
}
