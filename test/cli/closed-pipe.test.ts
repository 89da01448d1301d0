import { spawn } from "node:child_process";
import { resolve } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "vitest";
import { workDirectory } from "../support/cli.ts";
import { makeSample } from "../support/sample.ts";
import { type AppServer, startAppServer } from "../support/server.ts";

const CLI = resolve("src/cli/main.ts");
let cwd: string;
let app: AppServer;

beforeAll(async () => {
  cwd = await workDirectory();
  // More than a pipe holds.
  makeSample(`${cwd}/app.sqlite`, { posts: 60_000 });
  app = await startAppServer({ database: `${cwd}/app.sqlite`, bucket: `${cwd}/bucket` });
});
afterAll(() => app.close());

/** What the command prints and how it ends, when its reader takes a byte and goes. */
async function exportToHead(source: string): Promise<string> {
  const script = `{ "$0" "$1" export "$2" -o - --quiet; echo "code $?" >&2; } | head -c 1 > first`;
  const { PATH, HOME, NODE_COMPILE_CACHE } = process.env;
  const env = { PATH, HOME, NODE_COMPILE_CACHE, PROD_API: app.url, FERRY_TOKEN: app.token };
  const child = spawn("sh", ["-c", script, process.execPath, CLI, source], { cwd, env });
  return text(child.stderr);
}

test("An export whose reader stops early ends quietly", async () => {
  expect(await exportToHead("app.sqlite")).toBe("code 141\n");
  expect(await exportToHead(app.url)).toBe("code 141\n");
});
