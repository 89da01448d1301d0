import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { FRAMEWORKS } from "../../scripts/frameworks/catalogue.ts";
import { exampleFolder } from "../../scripts/frameworks/fresh-app.ts";

interface Lock {
  packages: Record<string, { resolved?: string; link?: boolean }>;
}

const readJson = <T>(...path: string[]): T => JSON.parse(readFileSync(join(...path), "utf8")) as T;

describe("the app of each framework in examples/", () => {
  test.for(FRAMEWORKS)("$name has exact versions, and takes its packages from npm alone", ({ name }) => {
    const { dependencies = {}, devDependencies = {} } = readJson<Record<string, Record<string, string>>>(
      exampleFolder(name),
      "package.json",
    );
    for (const version of Object.values({ ...dependencies, ...devDependencies }))
      expect(version).toMatch(/^\d+\.\d+\.\d+(-[\w.]+)?$/);
    const { packages } = readJson<Lock>(exampleFolder(name), "package-lock.json");
    for (const { resolved, link } of Object.values(packages)) {
      expect(link).toBeUndefined();
      expect(resolved ?? "https://registry.npmjs.org/").toMatch(/^https:\/\/registry\.npmjs\.org\//);
    }
  });

  test.for(FRAMEWORKS)("$name is told of in the docs, as it is deployed", ({ name, deploy }) => {
    const docs = readFileSync("docs/frameworks.md", "utf8");
    expect(docs).toContain(`(../examples/${name}/init.diff)`);
    expect(docs).toContain(`\n${deploy}\n`);
  });

  test("is left alone by the workspace, whose packages are the clone's", () => {
    const { workspaces } = readJson<{ workspaces: string[] }>("package.json");
    expect(workspaces).toEqual(["examples/community-pulse"]);
    expect(FRAMEWORKS.every(({ name }) => existsSync(join(exampleFolder(name), "package-lock.json")))).toBe(
      true,
    );
  });
});
