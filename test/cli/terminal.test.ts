import { spawn } from "node:child_process";
import { once } from "node:events";
import { rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { describe, expect, test } from "vitest";
import { widthOf } from "../../src/cli/printing/layout/width.ts";
import { workDirectory } from "../support/cli.ts";
import { runSql } from "../support/sample.ts";

const cwd = await workDirectory();
const at = (name: string) => join(cwd, name);

/** Built, and on the Node that the commands of a run are tried with. */
const { FERRY_CLI_NODE: NODE = process.execPath } = process.env;

const LONG = "subscriptions_of_people_who_came_by_an_invitation_of_a_friend";

interface Screen {
  code: number | null;
  /** As the terminal got it. */
  raw: string;
  /** What stays on it: redrawn lines as they were last, without colours. */
  lines: string[];
}

/** Runs the built command in a terminal of its own (util-linux's `script` makes one). */
async function inTerminal(
  args: readonly string[],
  { columns, answer, env = {} }: { columns: number; answer?: string; env?: Record<string, string> },
): Promise<Screen> {
  const quoted = [NODE, resolve("dist/cli.js"), ...args].map((word) => `'${word}'`).join(" ");
  const { PATH, HOME } = process.env;
  const child = spawn("script", ["-qec", `stty cols ${columns} rows 40; ${quoted}`, "/dev/null"], {
    cwd,
    env: { PATH, HOME, TERM: "xterm-256color", ...env },
  });
  let raw = "";
  let answered = false;
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    raw += text;
    if (answer === undefined || answered || !stripVTControlCharacters(raw).includes("Type y")) return;
    answered = true;
    child.stdin.write(answer);
  });
  const [code] = (await once(child, "close")) as [number | null];
  const lines = raw
    .split("\r\n")
    .map((line) => stripVTControlCharacters(line.split("\r\x1b[K").at(-1) ?? ""));
  return { code, raw, lines };
}

async function makeFiles(): Promise<void> {
  for (const name of ["local.sqlite", "prod.sqlite"]) await rm(at(name), { force: true });
  runSql(
    at("local.sqlite"),
    `CREATE TABLE ${LONG} (id INTEGER PRIMARY KEY, name TEXT);
     CREATE TABLE posts (id INTEGER PRIMARY KEY, title TEXT);
     INSERT INTO ${LONG} SELECT value, 'a name that is longer than a line of a narrow terminal' FROM generate_series(1, 1234);
     INSERT INTO posts VALUES (1, 'one'), (2, 'two');`.replace(
      "FROM generate_series(1, 1234)",
      "FROM (WITH RECURSIVE n (value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < 1234) SELECT value FROM n)",
    ),
  );
  runSql(
    at("prod.sqlite"),
    `CREATE TABLE ${LONG} (id INTEGER PRIMARY KEY, name TEXT);
     CREATE TABLE posts (id INTEGER PRIMARY KEY, title TEXT);
     INSERT INTO posts VALUES (1, 'one'), (2, 'two'), (3, 'three');`,
  );
}

describe("In a terminal", () => {
  test.each([80, 40])("of %i columns a push fits, and is confirmed by a y", async (columns) => {
    await makeFiles();
    const push = ["push", "--from", "local.sqlite", "--to", "prod.sqlite", "--no-base"];
    const { code, raw, lines } = await inTerminal(push, { columns, answer: "y\r" });
    expect(code, raw).toBe(0);
    const shown = lines.join("\n");
    // A command can be copied.
    const undo = lines.findLast((line) => line.startsWith("Undo it:"));
    expect(undo).toMatch(/^Undo it: d1-ferry undo sync-\S+ --to \S+prod\.sqlite$/);
    for (const line of lines) if (line !== undo) expect(widthOf(line), line).toBeLessThanOrEqual(columns);
    expect(shown).toMatch(/^ {2}subscri[a-z_]*… +1,234 +0/m);
    expect(shown).toContain("1 table with 2 rows unchanged");
    // Numbers are whole, whatever had to go.
    expect(shown).toMatch(/\+ insert +~ update +(?:cells +)?− delete/);
    expect(raw).toContain("\x1b[1m");
    expect(raw).toContain("\x1b[2m0\x1b[22m");
  });

  test("without colours, and in one that is dumb, it reads the same", async () => {
    await makeFiles();
    const diff = ["diff", "local.sqlite", "prod.sqlite"];
    const plain = await inTerminal(diff, { columns: 80, env: { NO_COLOR: "1" } });
    const dumb = await inTerminal(diff, { columns: 80, env: { TERM: "dumb" } });
    const coloured = await inTerminal(diff, { columns: 80 });
    expect(plain.raw).not.toContain("\x1b[1m");
    expect(dumb.raw).not.toContain("\x1b");
    expect(dumb.lines).toEqual(plain.lines);
    expect(coloured.lines).toEqual(plain.lines);
    expect(dumb.lines.join("\n")).toContain("− deleted");
  });
});
