import { execSync } from "node:child_process";
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { nextCommands } from "../../../src/cli/setup/next-commands.ts";
import { ownPackage } from "../../../src/cli/setup/own-package.ts";
import type { Project } from "../../../src/cli/setup/project.ts";
import { VERSION } from "../../../src/version.ts";
import { workDirectory } from "../../support/cli.ts";

const commandsOf = (project: Partial<Project>, devScripts?: string[]) =>
  nextCommands(
    { manager: "npm", manifest: {}, dependencies: new Map(), typescript: true, ...project } as Project,
    { dev: "wrangler dev", ...(devScripts === undefined ? {} : { devScripts }) },
    { changes: [] },
  ).map(({ command }) => command);

test("What to type next is what makes the types of the bindings, and not what only checks them", () => {
  const scripts = {
    dev: "vite dev",
    build: "wrangler types --check && vite build",
    gen: "wrangler types",
  };
  expect(commandsOf({ manifest: { scripts } })).toEqual([
    `npm pack --ignore-scripts ${ownPackage()} && npm install ./d1-ferry-${VERSION}.tgz`,
    "npm run gen",
    "npm run dev",
    "npx d1-ferry doctor",
  ]);
});

test("An app without the package gets it from where the command is", { timeout: 60_000 }, async () => {
  const cwd = await workDirectory();
  await writeFile(join(cwd, "package.json"), "{}");
  const [command = ""] = commandsOf({});
  const [pack = ""] = command.split(" && ");
  execSync(pack, { cwd, stdio: "ignore" });
  expect(await readdir(cwd)).toContain(/[^/]+\.tgz/.exec(command)?.[0]);
});

test("What to type next is put as the package manager of the app takes it", () => {
  expect(commandsOf({ manager: "pnpm", dependencies: new Map([["d1-ferry", "0.1.0"]]) })).toEqual([
    "pnpm exec wrangler dev",
    "pnpm exec d1-ferry doctor",
  ]);
});

test("What to type next is the framework's own script before others", () => {
  const manifest = { scripts: { dev: "next dev", "dev:vinext": "vite dev --port 3001" } };
  expect(commandsOf({ manifest }, ["dev:vinext", "dev"])).toContain("npm run dev:vinext");
  expect(commandsOf({ manifest })).toContain("npm run dev");
});
