import { spawnSync } from "node:child_process";
import { symlink, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { answerModule } from "../../../src/cli/setup/ferry-module.ts";
import { readProject } from "../../../src/cli/setup/project.ts";
import { init, makeApp } from "./support.ts";

test("What init writes for TypeScript is what a strict compiler takes", async () => {
  const directory = await makeApp({
    "package.json": '{ "type": "module", "dependencies": { "hono": "4" } }',
    "tsconfig.json": '{ "compilerOptions": { "module": "NodeNext" } }',
    "wrangler.jsonc": '{ "name": "my-app", "main": "untyped.ts" }',
    "untyped.ts": 'import { Hono } from "hono";\nconst app = new Hono();\nexport default app;\n',
    "typed.ts":
      'import { Hono } from "hono";\nconst app = new Hono<{ Bindings: Env }>();\nexport default { fetch: app.fetch };\n',
    "worker.ts":
      "export default {\n  fetch(request) {\n    return new Response(request.url);\n  },\n} satisfies ExportedHandler<Env>;\n",
    "own.ts":
      "interface Own {\n  DB: D1Database;\n}\n\nexport default {\n  fetch(request: Request, env: Own) {\n    return new Response(request.url);\n  },\n};\n",
    "env.d.ts":
      'interface Env { DB: D1Database; DATA_SYNC: R2Bucket; FERRY_TOKEN: string }\ndeclare module "cloudflare:workers" { const env: Env; }\n',
  });
  await init(directory);
  for (const main of ["typed.ts", "worker.ts", "own.ts"]) {
    await writeFile(join(directory, "wrangler.jsonc"), JSON.stringify({ name: "my-app", main }));
    const { json } = await init(directory);
    expect(json.snippets).toEqual([]);
  }
  const project = await readProject(directory);
  const names = { database: "DB", bucket: "DATA_SYNC" };
  const imported = { import: 'import { env } from "cloudflare:workers";', expression: "env" };
  const handed = { parameter: { name: "env", type: "unknown" }, expression: "env" };
  await writeFile(join(directory, "imported.ts"), answerModule(project, names, imported));
  await writeFile(join(directory, "handed.ts"), answerModule(project, names, handed));
  await symlink(resolve("node_modules"), join(directory, "node_modules"));
  await writeFile(
    join(directory, "tsconfig.json"),
    JSON.stringify({
      extends: resolve("tsconfig.json"),
      compilerOptions: {
        types: ["@cloudflare/workers-types", "node"],
        paths: { "d1-ferry": [resolve("src/index.ts")] },
        noUnusedParameters: false,
      },
      include: ["*.ts"],
    }),
  );
  const { stdout } = spawnSync(resolve("node_modules/.bin/tsc"), ["-p", directory], { encoding: "utf8" });
  // Our own source is compiled with other globals than a Worker's; it is the app that counts.
  expect(stdout.split("\n").filter((line) => !/^\s|^$|src\//.test(line))).toEqual([]);
});
