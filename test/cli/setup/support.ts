import { execFileSync } from "node:child_process";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";
import { parseEnv } from "node:util";
import { diffChars } from "diff";
import { expect } from "vitest";
import { type CliRun, jsonOf, runCli, workDirectory } from "../../support/cli.ts";

/** Texts by their paths. */
export type Files = Record<string, string>;

/** An app of these files in a folder of its own. */
export async function makeApp(files: Files, { git = true } = {}): Promise<string> {
  const directory = await workDirectory();
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), text);
  }
  if (git) execFileSync("git", ["init", "--quiet", directory]);
  return directory;
}

/** Every file that is there now, but for git's own. */
export async function filesOf(directory: string): Promise<Files> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(directory, join(entry.parentPath, entry.name)).replaceAll(sep, "/"))
    .filter((path) => !/(^|\/)\.git\//.test(path));
  const texts = await Promise.all(
    paths.map(async (path) => [path, await readFile(join(directory, path), "utf8")]),
  );
  return Object.fromEntries(texts) as Files;
}

export interface Init {
  run: CliRun;
  json: Record<string, unknown> & { snippets: { path: string; where: string; code: string }[] };
  before: Files;
  after: Files;
}

/** `init --yes`, and what it came to. `cwd` is below the folder. */
export async function init(directory: string, args: readonly string[] = [], cwd = "."): Promise<Init> {
  const before = await filesOf(directory);
  const run = await runCli(["init", "--yes", "--json", ...args], { cwd: join(directory, cwd) });
  return { run, json: jsonOf(run) as Init["json"], before, after: await filesOf(directory) };
}

/**
 * `init --yes` of an app of these files, held to what every one is held to: it adds and takes nothing away, a second run has
 * nothing to do, the token is where git ignores it and nowhere else.
 */
export async function initApp(
  files: Files,
  { args = [], git = true, cwd = "." }: { args?: string[]; git?: boolean; cwd?: string } = {},
): Promise<Init> {
  const directory = await makeApp(files, { git });
  const first = await init(directory, args, cwd);
  expect(first.run.code, first.run.stderr).toBe(0);
  for (const [path, text] of Object.entries(first.before)) expectOnlyAdded(text, first.after[path], path);
  await expectSecretsKept(directory, first, { git, cwd });
  const again = await init(directory, [], cwd);
  expect(again.json).toMatchObject({ success: true, status: "nothing to do", changes: [] });
  expect(again.after).toEqual(first.after);
  return first;
}

/** Removing what was added gives the file as it was. */
export function expectOnlyAdded(before: string, after: string | undefined, path: string): void {
  expect(after, path).toBeDefined();
  const parts = diffChars(before, after ?? "");
  expect(
    parts.filter(({ removed }) => removed).map(({ value }) => value),
    path,
  ).toEqual([]);
}

async function expectSecretsKept(
  directory: string,
  { run, after }: Init,
  { git, cwd }: { git: boolean; cwd: string },
): Promise<void> {
  const own = cwd === "." ? "" : `${cwd}/`;
  const { FERRY_TOKEN: token = "" } = parseEnv(after[`${own}.env`] ?? "");
  expect(token.length).toBeGreaterThanOrEqual(32);
  expect(run.stderr + run.stdout.toString()).not.toContain(token);
  const holders = Object.keys(after).filter((path) => after[path]?.includes(token));
  for (const path of holders) {
    expect([`${own}.env`, `${own}.dev.vars`]).toContain(path);
    if (git) execFileSync("git", ["check-ignore", "--quiet", path], { cwd: directory });
  }
}
