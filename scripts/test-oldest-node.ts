/**
 * Runs the tests of the built command, and a push between two apps, with the command on the oldest Node of each
 * line that package.json's `engines` names. The tests themselves and the apps stay on this one.
 *
 *   node scripts/test-oldest-node.ts [vitest's arguments, in place of the files below]
 */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** Milliseconds: a command of its own for each case, on a machine that may be busy. */
const PATIENCE = "--test-timeout=240000";
/** Generated values are not among them: SQLite before 3.53 reads some REALs of extreme size with another last bit. */
const FILES = ["test/cli/", "test/e2e/push.test.ts"];

const root = dirname(import.meta.dirname);
const folder = join(import.meta.dirname, "oldest-node");
const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as {
  dependencies: Record<string, string>;
};
const nodes = Object.entries(manifest.dependencies).map(([name, alias]) => ({
  path: join(folder, "node_modules", name, "bin/node"),
  version: alias.replace("npm:node@", "v"),
}));

if (!nodes.every(isThere)) run("npm", ["ci"], { cwd: folder });
const chosen = process.argv.slice(2);
for (const node of nodes) {
  if (!isThere(node)) throw new Error(`${node.path} is not Node ${node.version}`);
  console.log(`\nThe command on Node ${node.version}`);
  const vitest = join(root, "node_modules/vitest/vitest.mjs");
  const args = [vitest, "run", PATIENCE, ...(chosen.length === 0 ? FILES : chosen)];
  run(process.execPath, args, { cwd: root, env: { ...process.env, FERRY_CLI_NODE: node.path } });
}

function isThere({ path, version }: (typeof nodes)[number]): boolean {
  return spawnSync(path, ["--version"], { encoding: "utf8" }).stdout?.trim() === version;
}

function run(command: string, args: string[], options: { cwd: string; env?: NodeJS.ProcessEnv }): void {
  const { status, error } = spawnSync(command, args, { ...options, stdio: "inherit" });
  if (status !== 0) throw error ?? new Error(`${command} ${args.join(" ")} ended with code ${status}`);
}
