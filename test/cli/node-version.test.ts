import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import manifest from "../../package.json" with { type: "json" };
import { OLDEST_NODE, unsupportedNode } from "../../src/cli/program/node-version.ts";

test("the oldest Node is the one that package.json names", () => {
  expect(manifest.engines.node).toBe(`>=${OLDEST_NODE.join(".")}.0`);
});

test.each(["18.20.8", "20.19.2", "22.12.0"])("Node %s is refused", (version) => {
  expect(unsupportedNode(version)?.error).toContain(`this is Node ${version}`);
});

test.each(["22.13.0", "22.22.1", "24.0.0", "26.1.0"])("Node %s will do", (version) => {
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
  expect(stderr).toMatch(/needs Node 22\.13 or later, and this is Node 20\.19\.2/);
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
