import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** One directory for whatever tests and the engines below them leave: it goes when the last one has run. */
export default function setup(): () => void {
  const { TMPDIR } = process.env;
  const directory = mkdtempSync(join(tmpdir(), "d1-ferry-tests-"));
  process.env.TMPDIR = directory;
  return () => {
    if (TMPDIR === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = TMPDIR;
    rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
  };
}
