import { readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { describe, expect, test } from "vitest";
import { runCommandLine } from "../../../src/cli/program/run-command-line.ts";
import { setUp } from "../../../src/cli/setup/index.ts";
import { jsonOf, runCli } from "../../support/cli.ts";
import { collector } from "../../support/collector.ts";
import { astro, PLAIN } from "./fixtures.ts";
import { expectOnlyAdded, filesOf, init, makeApp } from "./support.ts";

describe("writing", () => {
  test("without a terminal and without --yes shows the diff, ends with 2 and writes nothing", async () => {
    const directory = await makeApp(astro(PLAIN));
    const before = await filesOf(directory);
    const { code, stderr } = await runCli(["init"], { cwd: directory });
    expect([code, await filesOf(directory)]).toEqual([2, before]);
    expect(stderr).toContain("+import d1Ferry from");
    expect(stderr).toContain("Add --yes");
  });

  test("is left out by --dry-run, which --json tells as data", async () => {
    const directory = await makeApp(astro(PLAIN));
    const before = await filesOf(directory);
    const run = await runCli(["init", "--dry-run", "--json"], { cwd: directory });
    expect([run.code, await filesOf(directory)]).toEqual([0, before]);
    expect(jsonOf(run)).toMatchObject({
      status: "dry run",
      changes: [
        { path: "astro.config.mjs", kind: "edit", diff: expect.stringContaining("+import d1Ferry") },
        { path: "wrangler.jsonc" },
        { path: "package.json" },
        { path: ".gitignore", kind: "new" },
        { path: ".dev.vars", kind: "new" },
        { path: ".env" },
      ],
    });
  });

  test("asks once, and takes no for an answer", async () => {
    const directory = await makeApp(astro(PLAIN));
    const before = await filesOf(directory);
    expect([await answered(directory, ["n\r"]), await filesOf(directory)]).toEqual([2, before]);
    expect(await answered(directory, ["y\r"])).toBe(0);
    expect(Object.keys(await filesOf(directory))).toContain(".env");
  });

  test("asks which database it is where there are several, and stops where nobody can say", async () => {
    const wrangler = '{ "name": "my-app", "d1_databases": [{ "binding": "A" }, { "binding": "B" }] }';
    const directory = await makeApp(astro(PLAIN, { "wrangler.jsonc": wrangler }));
    const { run, json } = await init(directory);
    expect([run.code, json.hint]).toEqual([2, "Say which: --database A"]);
    const down = "\x1b[B\r";
    expect(await answered(directory, [down, "y\r"])).toBe(0);
    expect((await filesOf(directory))["astro.config.mjs"]).toContain('d1Ferry({ database: "B" })');
  });

  test("stops where a file has changed since it was shown", async () => {
    const directory = await makeApp(astro(PLAIN));
    const setup = await setUp(
      { cwd: directory, env: process.env, now: Date.now },
      { choose: () => Promise.reject(new Error()) },
    );
    await writeFile(join(directory, "wrangler.jsonc"), "{}");
    const before = await filesOf(directory);
    await expect(setup.write()).rejects.toThrow(
      "wrangler.jsonc has changed since it was read; nothing was written",
    );
    expect(await filesOf(directory)).toEqual(before);
  });

  test("goes through a link to what it leads to", async () => {
    const directory = await makeApp(astro(PLAIN));
    await writeFile(join(directory, "shared.jsonc"), '{\n  "name": "shared"\n}\n');
    await rm(join(directory, "wrangler.jsonc"));
    await symlink("shared.jsonc", join(directory, "wrangler.jsonc"));
    await init(directory);
    expect(await readFile(join(directory, "shared.jsonc"), "utf8")).toContain('"DATA_SYNC"');
  });

  test.each([
    ["wrangler.jsonc", '{ "name": ', /wrangler\.jsonc cannot be read: .* in line 1/],
    [
      "wrangler.jsonc",
      '{\n  "name": "a"\n  "main": "b"\n}',
      /wrangler\.jsonc cannot be read: CommaExpected in line 3/,
    ],
    ["package.json", "{ broken", /package\.json cannot be read/],
  ])("is refused where %s is %j", async (path, text, message) => {
    const { run, json, before, after } = await init(await makeApp({ ...astro(PLAIN), [path]: text }));
    expect([run.code, json.error, after]).toEqual([2, expect.stringMatching(message), before]);
  });
});

/** Runs it at a terminal, where these keys are typed as the questions come. */
async function answered(cwd: string, keys: readonly string[]): Promise<number> {
  const stdin = Object.assign(new PassThrough(), { isTTY: true, setRawMode() {} });
  const stderr = Object.assign(collector(), { isTTY: true, columns: 80, rows: 20 });
  const questions =
    keys.length === 1 ? [/Type y to continue/] : [/Which database is it/, /Type y to continue/];
  const left = [...keys];
  const poll = setInterval(() => {
    const question = questions[keys.length - left.length];
    if (question?.test(stderr.text())) stdin.write(left.shift());
  }, 10);
  try {
    return await runCommandLine(["init"], {
      env: { PATH: process.env.PATH },
      cwd,
      stdin,
      stdout: collector(),
      stderr,
      fetch,
      now: Date.now,
      signal: new AbortController().signal,
    });
  } finally {
    clearInterval(poll);
  }
}

test("package.json of any shape keeps it", async () => {
  for (const text of [
    "{}",
    '{"scripts":{}}',
    '{\n\t"scripts": {\n\t\t"dev": "x",\n\t\t"ferry:push": "mine"\n\t}\n}\n',
  ]) {
    const { before, after } = await init(await makeApp({ ...astro(PLAIN), "package.json": text }), [
      "--framework",
      "astro",
    ]);
    expectOnlyAdded(before["package.json"] ?? "", after["package.json"], text);
    expect(JSON.parse(after["package.json"] ?? "").scripts["ferry:pull"]).toBe("d1-ferry pull");
  }
});
