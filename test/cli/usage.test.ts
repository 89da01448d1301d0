import { spawnSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { EXIT } from "../../src/cli/exit.ts";
import { commandLine } from "../../src/cli/options/command-line.ts";
import { someOf } from "../support/cases.ts";
import { jsonOf, runCli, workDirectory } from "../support/cli.ts";
import { makeSample } from "../support/sample.ts";

let cwd: string;
beforeAll(async () => {
  cwd = await workDirectory();
  makeSample(join(cwd, "app.sqlite"));
  await writeFile(join(cwd, "empty.gz"), "");
});

describe("help", () => {
  test("lists the commands and the exit codes on stdout", async () => {
    const { code, stdout } = await runCli(["--help"], { cwd });
    expect(code).toBe(0);
    for (const word of [
      "push",
      "export",
      "import",
      "sync",
      "status",
      "drop",
      "prune",
      "history",
      "list",
      "PROD_API",
    ]) {
      expect(stdout.toString()).toContain(word);
    }
    const codes = [...stdout.toString().matchAll(/^ {2}(\d+) /gm)].map((line) => Number(line[1]));
    expect(codes).toEqual(Object.values(EXIT));
  });

  test.each([
    [["help"], ["--help"]],
    [
      ["help", "push"],
      ["push", "--help"],
    ],
    [["-V"], ["--version"]],
  ])("%j says what %j says", async (short, long) => {
    const [one, other] = [await runCli(short, { cwd }), await runCli(long, { cwd })];
    expect(one).toEqual(other);
    expect([one.code, one.stderr]).toEqual([0, ""]);
  });

  test("of a command names its flags, examples and the exit codes", async () => {
    const { code, stdout } = await runCli(["push", "--help"], { cwd });
    expect(code).toBe(0);
    for (const word of ["--confirm-delete <n>", "--dry-run", "Examples:", "Exit codes:", "--no-progress"]) {
      expect(stdout.toString()).toContain(word);
    }
    const [examples = 0, options] = ["Examples:", "Options:"].map((title) => stdout.indexOf(title));
    expect(examples).toBeLessThan(options ?? 0);
  });

  test("--version before a command is the program's, after it the data's", async () => {
    expect((await runCli(["--version"], { cwd })).stdout.toString()).toMatch(/^\d+\.\d+\.\d+\n$/);
    const run = await runCli(["export", "app.sqlite", "-o", "v7.json.gz", "--version", "7", "--json"], {
      cwd,
    });
    expect(jsonOf(run).version).toBe(7);
  });
});

describe("wrong usage ends with code 2, nothing on stdout, and says what to type", () => {
  const wrong: [args: string[], message: RegExp][] = [
    [["sail"], /unknown command[\s\S]*Run d1-ferry --help for more/],
    [["diff", "--sideways"], /unknown option[\s\S]*Run d1-ferry diff --help for more/],
    [["apply", "nofile.json"], /nofile\.json: no such file/],
    [["apply", "app.sqlite"], /app\.sqlite is not a plan/],
    [["push", "--to"], /argument missing/],
    [["push", "--mode", "sideways"], /merge, insert, mirror/],
    [["push", "--atomic", "perhaps"], /auto, always, never/],
    [["push", "--version", "1.5"], /not a whole number/],
    ...["push", "pull", "plan", "sync", "import", "export"].map((name): [string[], RegExp] => [
      [name, "--version", "0"],
      /0 is no version: they count up from 1/,
    ]),
    [["push", "--confirm-delete", "many"], /not a whole number/],
    [["push", "--tables", "a,,b"], /not a list of table names/],
    [["push", "--yes"], /LOCAL_API/],
    [["push", "--from", "app.sqlite", "--yes"], /PROD_API/],
    [["push", "--from", "app.sqlite", "--to", "app.sqlite", "--yes"], /both the source and the target/],
    [["export", "app.sqlite"], /--output/],
    [["export", "nothing.sqlite", "-o", "x"], /no such file/],
    [["export", "app.sqlite", "-o", "app.sqlite"], /would be overwritten/],
    [["import", "app.sqlite", "--to", "other.sqlite"], /is not an export/],
    [["import", "empty.gz", "--to", "other.sqlite"], /empty\.gz is empty.*\n.*export it again/],
    [["status", "--url", "http://127.0.0.1:9"], /Of which run\?.*\n.*d1-ferry list/],
    [
      ["push", "--to", "one.sqlite", "--to", "two.sqlite", "--yes"],
      /two\.sqlite' is invalid. It is given twice/,
    ],
    [
      ["push", "--from", "app.sqlite", "--to", "one.sqlite,two.sqlite", "--yes"],
      /one\.sqlite, two\.sqlite: these are 2 places, and a command takes one.*\n.*for to in/,
    ],
    [
      ["push", "--from", "app.sqlite", "--to", "https://a.example,https://b.example", "--yes"],
      /https:\/\/a\.example, https:\/\/b\.example: these are 2 places/,
    ],
    [
      ["push", "--from", "app.sqlite", "--to", "https://a.example, b.example/t", "--yes"],
      /these are 2 places/,
    ],
    [
      ["push", "--from", "app.sqlite", "--to", "https://a.example", "https://b.example"],
      /too many arguments/,
    ],
    [["export", "app.sqlite", "-o", "x", "--tables", "a", "--tables=b"], /It is given twice/],
    [["push", "--mode", "mirror", "--mode", "merge"], /It is given twice/],
    [["push", "--mode", "nonsense"], /Allowed choices/],
    [["status", "sync-1-aaaaaaaaaaaa"], /PROD_API/],
    [["sync"], /missing required argument/],
    [["sync", "sync-1-aaaaaaaaaaaa", "--yes"], /PROD_API/],
    [["drop", "sync-1-aaaaaaaaaaaa"], /PROD_API/],
    ...["sync", "status", "drop"].map((name): [string[], RegExp] => [
      [name, "null", "--url", "http://127.0.0.1:9"],
      /^✗ null is not a key \(USAGE\)\n.*d1-ferry list.*\n$/,
    ]),
    [["prune", "--older-than", "soon"], /not a time span/],
    [["prune", "--older-than", "7"], /not a time span/],
    [["history", "--url", "app.sqlite"], /not an app's address/],
    [["list", "--url", "https://me:pass@example.com"], /password/],
  ];
  test.each(someOf(wrong))("%j", async (args, message) => {
    const { code, stdout, stderr } = await runCli(args, { cwd });
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
    expect(stdout.toString()).toBe("");
  });

  test("with --json the object says USAGE", async () => {
    const missing = await runCli(["status", "sync-1-aaaaaaaaaaaa", "--json"], { cwd });
    expect(jsonOf(missing)).toMatchObject({ success: false, code: "USAGE", error: "Which app?" });
    const unknown = await runCli(["push", "--sideways", "--json"], { cwd });
    expect(unknown.code).toBe(2);
    expect(jsonOf(unknown)).toMatchObject({ success: false, code: "USAGE" });
  });

  test("an address in .env that is none is refused by its name", async () => {
    const other = await workDirectory();
    await writeFile(join(other, ".env"), "PROD_API=pulse.example.com\n");
    const { code, stderr } = await runCli(["list"], { cwd: other });
    expect(code).toBe(2);
    expect(stderr).toContain("PROD_API");
  });
});

test("the command that resumes is quoted for a shell and names no cookie", () => {
  const argv = [
    "push",
    "--from",
    "my app.sqlite",
    "--prod-cookie=pulse_session=abc",
    "--cookie",
    "s=1",
    "it's",
  ];
  expect(commandLine(argv)).toBe(
    "d1-ferry push --from 'my app.sqlite' --prod-cookie=… --cookie=… 'it'\\''s'",
  );
});

test("nor the password or the query of an address", () => {
  const argv = [
    "push",
    "--from=https://me:secret@a.example/app?token=secret",
    "--to",
    "http://b.example#secret",
  ];
  expect(commandLine(argv)).toBe("d1-ferry push --from=https://a.example/app --to http://b.example");
});

test("the demo says what it takes, and refuses the rest without a stack trace", () => {
  const demo = (flag: string) => spawnSync(process.execPath, ["scripts/demo.ts", flag], { encoding: "utf8" });
  expect(demo("--help")).toMatchObject({
    status: 0,
    stdout: expect.stringContaining("-- --keep"),
    stderr: "",
  });
  const refused = demo("--frob");
  expect(refused).toMatchObject({ status: 2, stdout: "", stderr: expect.stringContaining("'--frob'") });
  expect(refused.stderr).not.toContain("    at ");
});
