import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * One directory for whatever tests and the engines below them leave: it goes when the last one has run. Also for what
 * Node has compiled: a third of the time that a process takes to start is to compile what the one before it had.
 */
export default function setup(): () => void {
  const { TMPDIR, NODE_COMPILE_CACHE } = process.env;
  const directory = mkdtempSync(join(tmpdir(), "d1-ferry-tests-"));
  Object.assign(process.env, { TMPDIR: directory, NODE_COMPILE_CACHE: join(directory, "compiled") });
  return () => {
    for (const [name, value] of Object.entries({ TMPDIR, NODE_COMPILE_CACHE })) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
    rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
  };
}
