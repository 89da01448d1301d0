import { existsSync } from "node:fs";
import { open, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { expect, test, vi } from "vitest";
import { runCommandLine } from "../../src/cli/program/run-command-line.ts";
import { workDirectory } from "../support/cli.ts";
import { makeSample } from "../support/sample.ts";

test("An export is on the disk before it has its name", async () => {
  const cwd = await workDirectory();
  makeSample(join(cwd, "app.sqlite"));
  const target = join(cwd, "app.json.gz");
  await writeFile(target, "earlier");
  const probe = await open(target, "r");
  const before: string[] = [];
  const handle = Object.getPrototypeOf(probe) as { sync(): Promise<void> };
  const spy = vi.spyOn(handle, "sync").mockImplementation(async () => {
    before.push(existsSync(`${target}.partial`) ? await readFile(target, "utf8") : "in place");
  });
  try {
    const stream = () => new PassThrough().resume();
    const code = await runCommandLine(["export", "app.sqlite", "-o", target], {
      env: {},
      cwd,
      stdin: stream(),
      stdout: stream(),
      stderr: stream(),
      fetch,
      now: Date.now,
      signal: new AbortController().signal,
    });
    expect(code).toBe(0);
  } finally {
    spy.mockRestore();
    await probe.close();
  }
  expect(before).toEqual(["earlier", "in place"]);
});
