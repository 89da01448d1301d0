import { createHash } from "node:crypto";
import { readdir } from "node:fs/promises";
import { parseEnv } from "node:util";
import { expect, test } from "vitest";
import { runCommandLine } from "../../../src/cli/program/run-command-line.ts";
import { parseTokens } from "../../../src/tokens.ts";
import { workDirectory } from "../../support/cli.ts";
import { collector } from "../../support/collector.ts";

const NOW = Date.parse("2026-11-28T12:00:00Z");

async function token(...args: string[]) {
  const [stdout, stderr] = [collector(), collector()];
  const cwd = await workDirectory();
  const code = await runCommandLine(["token", ...args], {
    env: { USER: "ada" },
    cwd,
    stdin: process.stdin,
    stdout,
    stderr,
    fetch: () => Promise.reject(new Error("it asks no app")),
    now: () => NOW,
    signal: new AbortController().signal,
  });
  return { code, stdout: stdout.text(), stderr: stderr.text(), files: await readdir(cwd) };
}

const json = async (...args: string[]) => JSON.parse((await token(...args, "--json")).stdout);
const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

test("It prints a token once, and the line by which an app knows it", async () => {
  const { code, stdout, stderr, files } = await token();
  expect(code).toBe(0);
  expect(stdout).toBe("");
  expect(files).toEqual([]);
  const made = stderr.match(/ferry_[0-9a-f]{64}/g) ?? [];
  expect(made).toHaveLength(1);
  const line = /^ {2}(\{.*\})$/m.exec(stderr)?.[1] ?? "";
  expect(parseTokens(line)).toEqual([
    { name: "ada", may: ["read", "plan", "write"], sha256: sha256(made[0] ?? "") },
  ]);
  const vars = stderr.match(/^ {2}FERRY_TOKENS=.*$/m)?.[0] ?? "";
  expect(parseEnv(vars).FERRY_TOKENS).toBe(line);
});

test("No two are the same", async () => {
  const tokens = await Promise.all(Array.from({ length: 20 }, () => json()));
  expect(new Set(tokens.map((one) => one.token)).size).toBe(20);
});

test.each([
  ["2027-01-31", "2027-01-31T00:00:00.000Z"],
  ["2027-01-31T12:00:00+02:00", "2027-01-31T10:00:00.000Z"],
  ["90d", "2027-02-26T12:00:00.000Z"],
])("It ends when --expires %s says", async (when, time) => {
  const made = await json(
    "--name",
    "ci",
    "--may",
    "write,plan",
    "--tables",
    "posts,authors",
    "--expires",
    when,
  );
  expect(made).toMatchObject({ success: true, name: "ci", expires: time });
  expect(parseTokens(made.line)).toEqual([
    {
      name: "ci",
      may: ["plan", "write"],
      tables: ["posts", "authors"],
      expires: Date.parse(time),
      sha256: sha256(made.token),
    },
  ]);
});

test("A name of any letters comes through every file", async () => {
  const name = "Zoë O'Brien`\u200b \u{1f40e} $HOME \\";
  const { stderr } = await token("--name", name);
  const vars = stderr.match(/^ {2}FERRY_TOKENS=.*$/m)?.[0] ?? "";
  expect(vars).toMatch(/^[\x20-\x7e]+$/);
  expect(parseTokens(parseEnv(vars).FERRY_TOKENS)).toMatchObject([{ name }]);
});

test.each([
  [["--may", "everything"], /is none of read, plan/],
  [["--may", ""], /is none of read, plan/],
  [["--may", "manage", "--tables", "posts"], /whole database/],
  [["--name", "two\nlines"], /one line/],
  [["--name", ""], /1 to 200 characters/],
  [["--expires", "soon"], /not a day/],
  [["--expires", "2027-02-31x"], /not a day/],
  [["--expires", "2026-11-28"], /ended already/],
  [["--expires", "999999999w"], /9999/],
])("%j is refused, and no token is made", async (args, message) => {
  const { code, stderr } = await token(...args);
  expect(code).toBe(2);
  expect(stderr).toMatch(message);
  expect(stderr).not.toContain("ferry_");
});
