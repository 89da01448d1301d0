import { EXIT } from "../exit.ts";
import { runCommandLine } from "./run-command-line.ts";

/** Runs this process's command line. */
export async function start(): Promise<void> {
  const interruption = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"]) {
    process.on(signal, () => {
      // A second one means: do not wait for the first to take effect.
      if (interruption.signal.aborted) process.exit(EXIT.interrupted);
      interruption.abort();
    });
  }
  // `d1-ferry … | head` closes the pipe early, which is no error.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") return;
    const code = error.code === "ENOSPC" ? "DISK_FULL" : "INTERNAL";
    process.stderr.write(`✗ Standard output cannot be written: ${error.message} (${code})\n`);
    process.exit(EXIT.failed);
  });

  process.exitCode = await runCommandLine(process.argv.slice(2), {
    env: process.env,
    cwd: process.cwd(),
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    fetch: globalThis.fetch,
    now: Date.now,
    signal: interruption.signal,
  });
}
