import { spawnSync } from "node:child_process";
import { mkdtemp, readFile, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";

test("The Worker of the guide is what a strict compiler takes", async () => {
  const guide = await readFile("docs/guide.md", "utf8");
  const [, block = ""] = /```ts\n(import \{[^`]*createFerry[^`]*)```/.exec(guide) ?? [];
  expect(block).toContain("export default");
  const directory = await mkdtemp(join(tmpdir(), "ferry-guide-"));
  await writeFile(join(directory, "worker.ts"), block);
  await symlink(resolve("node_modules"), join(directory, "node_modules"));
  await writeFile(
    join(directory, "tsconfig.json"),
    JSON.stringify({
      extends: resolve("tsconfig.json"),
      compilerOptions: {
        types: ["@cloudflare/workers-types", "node"],
        paths: { "d1-ferry": [resolve("src/index.ts")] },
      },
      include: ["worker.ts"],
    }),
  );
  await writeFile(join(directory, "package.json"), '{"type":"module"}');
  const { stdout } = spawnSync(resolve("node_modules/.bin/tsc"), ["-p", directory], { encoding: "utf8" });
  // Our own source is compiled with other globals than a Worker's; it is the worker that counts.
  expect(stdout.split("\n").filter((line) => line.includes("worker.ts"))).toEqual([]);
}, 60_000);
