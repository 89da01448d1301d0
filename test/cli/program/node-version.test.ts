import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import manifest from "../../../package.json" with { type: "json" };
import oldestNodes from "../../../scripts/oldest-node/package.json" with { type: "json" };
import { OLDEST_NODES, unsupportedNode } from "../../../src/cli/program/node-version.ts";

const oldest = OLDEST_NODES.map(({ major, minor }) => `${major}.${minor}.0`);

test("the oldest Nodes are the ones that package.json names", () => {
  const lines = oldest.map((version, i) => (i === oldest.length - 1 ? `>=${version}` : `^${version}`));
  expect(manifest.engines.node).toBe(lines.join(" || "));
});

test("the oldest Nodes are the ones that the built command is tested on", () => {
  const tested = Object.values(oldestNodes.dependencies).map((alias) => alias.replace(/^npm:node@/, ""));
  expect(tested).toEqual(oldest);
});

test.each(["README.md", "docs/guide.md", "docs/cli.md"])("%s says which Node is needed", (path) => {
  const needed = /needs (Node .*), and this is/.exec(unsupportedNode("20.0.0")?.error ?? "")?.[1];
  expect(needed).toBe("Node 22.16 or later, but not 23");
  expect(readFileSync(path, "utf8")).toContain(needed);
});

test.each(["18.20.8", "20.19.2", "22.15.1", "23.11.1"])("Node %s is refused", (version) => {
  expect(unsupportedNode(version)?.error).toContain(`this is Node ${version}`);
});

test.each([...oldest, "22.22.1", "24.0.1", "24.21.0", "25.0.0", "26.1.0"])("Node %s will do", (version) => {
  expect(unsupportedNode(version)).toBeNull();
});

/** The published command on a Node that says it is 20. */
function runOnNode20(...args: string[]) {
  const pretend = `Object.defineProperty(process.versions, "node", { value: "20.19.2" })`;
  const disguise = `data:text/javascript,${encodeURIComponent(pretend)}`;
  return spawnSync(process.execPath, ["--import", disguise, "dist/cli.js", ...args], { encoding: "utf8" });
}

test("on an old Node the command says what it needs, with code 2, whatever the command", () => {
  const { status, stderr, stdout } = runOnNode20("push", "--yes");
  expect(stderr).toMatch(/needs Node 22\.16 or later, but not 23, and this is Node 20\.19\.2/);
  expect(stdout).toBe("");
  expect(status).toBe(2);
  expect(JSON.parse(runOnNode20("list", "--json").stdout)).toMatchObject({ success: false, code: "USAGE" });
});

test("the published command loads nothing before it has looked", () => {
  expect(readFileSync("dist/cli.js", "utf8")).not.toMatch(/^\s*import\s[^(]/m);
});

test.skipIf(process.platform === "win32")(
  "the built command can be started by itself, as npx does in a clone",
  () => {
    const { stdout, stderr, status } = spawnSync("dist/cli.js", ["--version"], { encoding: "utf8" });
    expect([status, stderr]).toEqual([0, ""]);
    expect(stdout).toBe(`${manifest.version}\n`);
  },
);
