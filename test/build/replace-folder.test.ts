import { mkdir, mkdtemp, readdir, readFile, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { replaceFolder } from "../../scripts/build/replace-folder.ts";

async function folderOf(root: string, name: string, files: Record<string, string>): Promise<string> {
  const folder = join(root, name);
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  return folder;
}

async function contentsOf(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const texts = await Promise.all(paths.map((path) => readFile(path, "utf8")));
  return Object.fromEntries(paths.map((path, i) => [path.slice(folder.length + 1), texts[i] ?? ""]));
}

const NEW = { "cli.js": "new", "chunks/b.js": "b", "types/index.d.ts": "same" };

test("a build takes the place of what was there, and of a folder that was not", async () => {
  const root = await mkdtemp(join(tmpdir(), "build-"));
  const target = await folderOf(root, "dist", {
    "cli.js": "old",
    "chunks/a.js": "a",
    "types/index.d.ts": "same",
  });
  await replaceFolder(target, await folderOf(root, "made", NEW));
  expect(await contentsOf(target)).toEqual(NEW);
  await replaceFolder(join(root, "none"), await folderOf(root, "made", NEW));
  expect(await contentsOf(join(root, "none"))).toEqual(NEW);
});

test("what is the same is not touched, but the command's time is that of the build", async () => {
  const root = await mkdtemp(join(tmpdir(), "build-"));
  const target = await folderOf(root, "dist", NEW);
  const before = new Date(2020, 1, 1);
  for (const name of Object.keys(NEW)) await utimes(join(target, name), before, before);
  await replaceFolder(target, await folderOf(root, "made", { ...NEW, "chunks/b.js": "other" }));
  const times = await Promise.all(
    Object.keys(NEW).map(async (name) => [name, (await stat(join(target, name))).mtimeMs > before.getTime()]),
  );
  expect(Object.fromEntries(times)).toEqual({
    "cli.js": true,
    "chunks/b.js": true,
    "types/index.d.ts": false,
  });
});

test("two builds at once leave a whole one", async () => {
  const root = await mkdtemp(join(tmpdir(), "build-"));
  const target = await folderOf(root, "dist", { "cli.js": "old", "chunks/a.js": "a" });
  const made = [await folderOf(root, "one", NEW), await folderOf(root, "other", NEW)];
  await Promise.all(made.map((source) => replaceFolder(target, source)));
  expect(await contentsOf(target)).toEqual(NEW);
});
