import { type ChildProcess, spawn } from "node:child_process";

export interface StartOptions {
  cwd?: string;
  /** Added to a few variables that every child gets; secrets of the parent's environment stay there. */
  env?: Record<string, string>;
}

/** A server that runs as a process group of its own, so that what it starts in turn ends with it. */
export interface Server {
  readonly name: string;
  /** The last lines that it wrote, for whoever asks why it does not answer. */
  output(): string;
  readonly running: boolean;
  /** Resolves once the output has the text. Rejects when the process ends before, or after `ms`. */
  said(text: string, ms: number): Promise<void>;
  /** Asks it to end and waits; takes it down after a few seconds. Twice is fine. */
  stop(): Promise<void>;
  /** SIGKILL to the whole group, as a machine that goes down does. */
  kill(): Promise<void>;
}

const PATIENCE_MS = 4_000;
const KEPT_CHARACTERS = 20_000;
const servers = new Set<Server>();
const programs = new Set<ChildProcess>();

/** Runs a Node script as a server. It is stopped by `stopAll` at the latest. */
export function startServer(name: string, args: readonly string[], options: StartOptions = {}): Server {
  const child = spawn(process.execPath, args, {
    cwd: options.cwd,
    env: { ...childEnvironment(), ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  const log = createLog(child);
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const isRunning = () => child.exitCode === null && child.signalCode === null && child.pid !== undefined;
  async function end(signal: NodeJS.Signals): Promise<void> {
    servers.delete(server);
    signalGroup(child, signal);
    const late = setTimeout(() => signalGroup(child, "SIGKILL"), PATIENCE_MS);
    if (isRunning()) await ended;
    clearTimeout(late);
    // What the process left behind in its group.
    signalGroup(child, "SIGKILL");
  }
  const server: Server = {
    name,
    output: log.read,
    get running() {
      return isRunning();
    },
    async said(text, ms) {
      const until = Date.now() + ms;
      while (!log.read().includes(text)) {
        if (!isRunning()) throw new Error(`${name} ended before it was ready:\n${log.read()}`);
        if (Date.now() > until) throw new Error(`${name} was not ready after ${ms / 1000} s:\n${log.read()}`);
        await Promise.race([log.more(), new Promise((resolve) => setTimeout(resolve, 200))]);
      }
    },
    stop: () => end("SIGTERM"),
    kill: () => end("SIGKILL"),
  };
  servers.add(server);
  child.once("error", (error) => log.add(String(error)));
  return server;
}

export interface Finished {
  code: number | null;
  stdout: string;
  stderr: string;
  /** Milliseconds. */
  ms: number;
}

export interface RunOptions extends StartOptions {
  /** The Node to run it on. @default this process's own */
  node?: string;
}

/** Runs a Node script to its end. */
export function run(args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  const began = performance.now();
  const child = spawn(options.node ?? process.execPath, args, {
    cwd: options.cwd,
    env: { ...childEnvironment(), ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  programs.add(child);
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
      programs.delete(child);
      resolve({ code, stdout, stderr, ms: performance.now() - began });
    });
  });
}

/** Stops every server and program that still runs. */
export async function stopAll(): Promise<void> {
  for (const program of programs) program.kill();
  await Promise.all([...servers].map((server) => server.stop()));
}

/** What a program needs of its parent's environment, and nothing that would change what it does. */
function childEnvironment(): Record<string, string> {
  const { PATH = "", HOME = "", TMPDIR, LANG } = process.env;
  return {
    PATH,
    HOME,
    ...(TMPDIR === undefined ? {} : { TMPDIR }),
    ...(LANG === undefined ? {} : { LANG }),
    ASTRO_TELEMETRY_DISABLED: "1",
    WRANGLER_SEND_METRICS: "false",
    NO_COLOR: "1",
  };
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // The group is gone.
  }
}

function createLog(child: ChildProcess) {
  let text = "";
  let wake: (() => void)[] = [];
  function add(more: string): void {
    text = (text + more).slice(-KEPT_CHARACTERS);
    for (const resolve of wake) resolve();
    wake = [];
  }
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding("utf8").on("data", add);
  return {
    add,
    read: () => text,
    more: () => new Promise<void>((resolve) => wake.push(resolve)),
  };
}
