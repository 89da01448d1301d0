import type { IncomingMessage, ServerResponse } from "node:http";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runCli, workDirectory } from "../support/cli.ts";
import { flood, type HostileServer, sendJson, startHostileServer } from "../support/hostile-server.ts";

/** MB that an answer without an end may take above what the same command takes for a short one. */
const MOST = 64;

const MiB = 1024 * 1024;
const KEY = "sync-1700000000000-k3v9x0a7b2qd";
/** Prints the most memory that a process ever had, in KB. What `resourceUsage` says is its parent's, too. */
const HOOK = `import { readFileSync } from "node:fs";
  process.on("exit", () => {
    const [, peak] = /VmHWM:\\s*(\\d+)/.exec(readFileSync("/proc/self/status", "utf8"));
    process.stderr.write("peak=" + peak + "\\n");
  });`;
const NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent(HOOK)}`;

type Answer = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

let answer: Answer;
let server: HostileServer;
let usual: number;

beforeAll(async () => {
  server = await startHostileServer((request, response) => answer(request, response));
  usual = await peakOf(["history"], (_request, response) =>
    sendJson(response, { history: [], usage: { statements: 1, bucketOperations: 0, ms: 1 } }),
  );
});
afterAll(() => server.close());

async function peakOf(args: readonly string[], answers: Answer): Promise<number> {
  answer = answers;
  const run = await runCli([...args, "--url", server.url, "--json"], {
    cwd: await workDirectory(),
    env: { NODE_OPTIONS },
  });
  const peak = Number(/peak=(\d+)/.exec(run.stderr)?.[1]) / 1024;
  expect(run.stderr).not.toContain("(INTERNAL)");
  return peak;
}

const chunk = Buffer.alloc(64 * 1024, 0x20);
const endless =
  (status: number, type = "application/json"): Answer =>
  async (_request, response) => {
    response.writeHead(status, { "content-type": type });
    await flood(response, chunk);
  };

const bomb = gzipSync(Buffer.alloc(512 * MiB, 0x20));
const packed: Answer = (_request, response) => {
  response.writeHead(200, { "content-type": "application/json", "content-encoding": "gzip" });
  response.end(bomb);
};
/** As many objects as an answer has room for. */
const nested: Answer = (_request, response) => {
  response.writeHead(200, { "content-type": "application/json" });
  response.end(`{"history":[${"{},".repeat(2.6 * MiB)}{}]}`);
};

test.runIf(process.platform === "linux").each([
  ["an endless answer", ["history"], endless(200)],
  ["an endless status", ["status", KEY], endless(200)],
  ["an endless page of an error", ["list"], endless(404, "text/html")],
  ["an endless refusal", ["list"], endless(404)],
  ["a packed answer", ["history"], packed],
  ["an answer of small objects", ["history"], nested],
])("%s takes little memory", async (what, args, answers) => {
  const peak = await peakOf(args, answers);
  console.log(`${what}: ${Math.round(peak)} MB at the most, ${Math.round(usual)} MB for a short answer`);
  expect(peak).toBeGreaterThan(20);
  expect(peak - usual).toBeLessThan(MOST);
});
