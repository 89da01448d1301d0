import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { createServer, type Server as HttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { printedAddress } from "../../scripts/demo/address.ts";
import { startProductionApp } from "../../scripts/demo/apps.ts";
import { type Server, startServer } from "../../scripts/demo/processes.ts";

const PATIENCE_MS = 50_000;
let running: Server | undefined;
let occupant: HttpServer | undefined;

afterEach(async () => {
  await running?.stop();
  occupant?.close();
});

/** A server that is a line of JavaScript. */
function serverOf(script: string): Server {
  running = startServer("The app", ["--eval", script]);
  return running;
}

describe("the address that a server prints", () => {
  test("is taken from astro dev's lines", () => {
    const lines =
      " astro  v7.3.5 ready in 44048 ms\n┃ Local    http://127.0.0.1:4322/\n┃ Network  use --host\n";
    expect(printedAddress(lines)).toBe("http://127.0.0.1:4322");
  });

  test("is taken from serve.ts's line", () => {
    expect(printedAddress("some warning\nready on http://127.0.0.1:8787\n")).toBe("http://127.0.0.1:8787");
  });

  test("is taken from wrangler dev's line", () => {
    expect(
      printedAddress("⎔ Starting local server...\n[wrangler:info] Ready on http://127.0.0.1:8788\n"),
    ).toBe("http://127.0.0.1:8788");
  });

  test.each(["", "ready on http://127.0.0.1:87", "see http://127.0.0.1:8787/\n", "ready on its way\n"])(
    "is not taken from %j",
    (output) => {
      expect(printedAddress(output)).toBeNull();
    },
  );
});

describe("a server that is started", () => {
  test("is at the port that it prints, not at the one it was asked for", async () => {
    const script = `
      const server = require("node:http").createServer((_, response) => response.end("the app"));
      server.listen(0, "127.0.0.1", () => {
        const port = String(server.address().port);
        process.stdout.write("port 4321 is taken\\nready on http://127.0.0.1:" + port[0]);
        process.stdout.write(port.slice(1) + "/\\n");
      });`;
    const address = await serverOf(script).address(PATIENCE_MS);
    expect(address).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(await (await fetch(address)).text()).toBe("the app");
  });

  test("and prints nothing is an error that shows what it did print", async () => {
    const server = serverOf(`console.log("warming up"); setInterval(() => {}, 1000)`);
    await expect(server.address(2_000)).rejects.toThrow(/^The app printed no address within 2 s:/);
  });

  test("and dies is an error that shows its last words", async () => {
    const server = serverOf(`console.error("no such binding"); process.exitCode = 3`);
    await expect(server.address(PATIENCE_MS)).rejects.toThrow(
      /^The app ended before it was ready:\nno such binding/,
    );
  });
});

test("a production app whose port another program has is elsewhere, and says where", async () => {
  const folder = await mkdtemp(join(tmpdir(), "production-"));
  const build = await makeBuild(folder);
  occupant = createServer((_, response) => response.end("another program"));
  await new Promise<void>((resolve) => occupant?.listen(0, "127.0.0.1", resolve));
  const { port } = occupant.address() as AddressInfo;
  const app = await startProductionApp({ build, state: join(folder, "state"), token: "secret", port });
  running = app.server;
  expect(new URL(app.url).port).not.toBe(String(port));
  expect(await (await fetch(app.url)).text()).toBe("the app");
});

/** What `astro build` makes, as far as it is read: one module and where it is. */
async function makeBuild(folder: string): Promise<string> {
  const build = join(folder, "build");
  await mkdir(join(build, "server"), { recursive: true });
  await mkdir(join(build, "client"));
  const module = `export default { fetch: () => new Response("the app") };`;
  await writeFile(join(build, "server/entry.mjs"), module);
  const config = {
    name: "app",
    main: "entry.mjs",
    compatibility_date: "2025-03-03",
    compatibility_flags: [],
    d1_databases: [{ binding: "DB", database_id: "app" }],
    r2_buckets: [],
    assets: { binding: "ASSETS" },
  };
  await writeFile(join(build, "server/wrangler.json"), JSON.stringify(config));
  return build;
}
