import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { jsonOf, runCli, workDirectory } from "../support/cli.ts";

const HOSTILE = "\u001b[2J\u001b]0;owned\u0007\r\u009b31m\u202e\n✓ Done";
const server = createServer((_request, response) => {
  response.writeHead(400, { "content-type": "application/json" });
  response.end(JSON.stringify({ error: `No${HOSTILE}`, code: "INVALID_REQUEST", hint: `Try${HOSTILE}` }));
});
let url: string;

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());

test("Nothing that an app answers moves the cursor or passes for the command's own line", async () => {
  const run = await runCli(["list", "--url", url, "--json"], { cwd: await workDirectory() });
  expect(run.stderr).toContain("✗ No");
  expect(run.stderr).not.toMatch(/(?![\n\t])[\p{Cc}\u202e]/u);
  expect(run.stderr).not.toMatch(/^✓/m);
  expect(run.stdout.toString().trim()).not.toMatch(/\p{Cc}/u);
  expect(jsonOf(run)).toMatchObject({ error: `No${HOSTILE}` });
});
