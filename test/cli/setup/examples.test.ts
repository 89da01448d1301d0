import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { FRAMEWORKS } from "../../../scripts/frameworks/catalogue.ts";
import { exampleFolder } from "../../../scripts/frameworks/fresh-app.ts";
import { checkInitDiff, type InitResult } from "../../../scripts/frameworks/init-diff.ts";
import { type Files, initApp } from "./support.ts";

/** The app as its starter makes it. What nobody reads is left where it is. */
async function starterFiles(name: string): Promise<Files> {
  const entries = await readdir(exampleFolder(name), { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile() && entry.name !== "init.diff")
    .map(({ parentPath, name: file }) => join(parentPath, file).slice(exampleFolder(name).length + 1))
    .filter((path) => !/(^|[\\/])(node_modules|\.wrangler)[\\/]/.test(path));
  const texts = await Promise.all(paths.map((path) => readFile(join(exampleFolder(name), path), "utf8")));
  return Object.fromEntries(paths.map((path, i) => [path.replaceAll("\\", "/"), texts[i] ?? ""]));
}

test.for(FRAMEWORKS)("init adds to examples/$name what its init.diff says", async ({ name }) => {
  const { json } = await initApp(await starterFiles(name), { git: false });
  expect(json).toMatchObject({ framework: name, status: "written", snippets: [] });
  await checkInitDiff(name, json as unknown as InitResult, { write: false });
});
