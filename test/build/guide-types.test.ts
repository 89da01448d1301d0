import { spawnSync } from "node:child_process";
import { mkdtemp, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { blocksWith } from "../support/docs.ts";

test("The Workers of the docs are what a strict compiler takes", async () => {
  const pages = ["guide.md", "tenants.md"];
  const blocks = (await Promise.all(pages.map((page) => blocksWith(page, "ts", "interface Env")))).flat();
  expect(blocks).toHaveLength(3);
  const directory = await mkdtemp(join(tmpdir(), "ferry-guide-"));
  for (const [i, block] of blocks.entries()) {
    expect(block).toContain("export default");
    // The platform's own type of a Worker has to take it, too.
    const checked = block.replace(/^(export default \{[\s\S]*\});$/m, "$1 satisfies ExportedHandler<Env>;");
    expect(checked).toContain("satisfies");
    await writeFile(join(directory, `worker-${i}.ts`), checked);
  }
  await symlink(resolve("node_modules"), join(directory, "node_modules"));
  await writeFile(
    join(directory, "tsconfig.json"),
    JSON.stringify({
      extends: resolve("tsconfig.json"),
      compilerOptions: {
        types: ["@cloudflare/workers-types", "node"],
        paths: { "d1-ferry": [resolve("src/index.ts")] },
      },
      include: ["worker-*.ts"],
    }),
  );
  await writeFile(join(directory, "package.json"), '{"type":"module"}');
  const { stdout } = spawnSync(resolve("node_modules/.bin/tsc"), ["-p", directory], { encoding: "utf8" });
  // Our own source is compiled with other globals than a Worker's; it is the workers that count.
  expect(stdout.split("\n").filter((line) => line.includes("worker-"))).toEqual([]);
}, 60_000);
