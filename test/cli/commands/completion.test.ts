import { spawnSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { commands } from "../../../src/cli/commands/index.ts";
import { completedOption } from "../../../src/cli/completion/words.ts";
import { runCli, workDirectory } from "../../support/cli.ts";

const SHELLS = ["bash", "zsh", "fish"] as const;
const isThere = (shell: string) => spawnSync(shell, ["-c", "exit 0"]).status === 0;

let cwd: string;
const script = (shell: string) => join(cwd, `completion.${shell}`);
beforeAll(async () => {
  cwd = await workDirectory();
  for (const shell of SHELLS) {
    const { code, stdout, stderr } = await runCli(["completion", shell], { cwd });
    expect([code, stderr]).toEqual([0, ""]);
    await writeFile(script(shell), stdout);
  }
  for (const name of ["rows.sqlite", "rows.json.gz"]) await writeFile(join(cwd, name), "");
});

/** What the shell offers behind these words, the last of which is being typed. */
const OFFERED: Record<(typeof SHELLS)[number], (words: readonly string[]) => string[]> = {
  bash(words) {
    const list = words.map((word) => `'${word}'`).join(" ");
    return run("bash", [
      "-c",
      `source ${script("bash")}; COMP_WORDS=(${list}); COMP_CWORD=${words.length - 1}; _d1_ferry; printf '%s\\n' "\${COMPREPLY[@]}"`,
    ]);
  },
  fish: (words) => {
    const lines = run("fish", [
      "-c",
      `source ${script("fish")}; complete -C ${JSON.stringify(words.join(" "))}`,
    ]);
    return lines.map((line) => line.split("\t")[0] as string);
  },
  // What it would show needs a terminal; that it reads the script, and knows the function, does not.
  zsh: () =>
    run("zsh", [
      "-c",
      `autoload -U compinit && compinit -u -D; source ${script("zsh")}; print $_comps[d1-ferry]`,
    ]),
};

function run(shell: string, args: string[]): string[] {
  const { stdout, stderr, status } = spawnSync(shell, args, { cwd, encoding: "utf8" });
  expect([status, stderr]).toEqual([0, ""]);
  return stdout.split("\n").filter((line) => line !== "");
}

describe.each(["bash", "fish"] as const)("A completion in %s", (shell) => {
  const there = isThere(shell);

  test.skipIf(!there)("offers the commands, their options, and what those take", () => {
    const offered = OFFERED[shell];
    expect(offered(["d1-ferry", "pu"])).toEqual(
      ["push", "pull"].toSorted((a, b) => (shell === "fish" ? a.localeCompare(b) : 0)),
    );
    expect(offered(["d1-ferry", "push", "--on-"])).toEqual(
      expect.arrayContaining([expect.stringMatching(/^--on-edit/), expect.stringMatching(/^--on-conflict/)]),
    );
    expect(offered(["d1-ferry", "push", "--mode", ""]).toSorted()).toEqual(["insert", "merge", "mirror"]);
    expect(offered(["d1-ferry", "list", "--mo"])).toEqual([]);
  });
});

test("A completion in bash leaves files to the shell, and offers every command and every option", () => {
  const { bash } = OFFERED;
  expect(bash(["d1-ferry", "push", "--from", ""])).toEqual([]);
  expect(bash(["d1-ferry", "import", "rows"])).toEqual([]);
  expect(bash(["d1-ferry", ""])).toEqual(commands.map(({ name }) => name));
  for (const { name, options } of commands) {
    const offered = bash(["d1-ferry", name, "-"]);
    for (const option of options) expect(offered).toContain(completedOption(option).long);
  }
});

test.skipIf(!isThere("zsh"))("A completion in zsh is read and registered", () => {
  expect(OFFERED.zsh([])).toEqual(["_d1_ferry"]);
});

test.each([
  ["-y, --yes", { short: "-y", long: "--yes", takesValue: false }],
  ["-o, --output <file>", { short: "-o", long: "--output", takesValue: true }],
  ["--create [what]", { short: null, long: "--create", takesValue: false }],
  ["--no-base", { short: null, long: "--no-base", takesValue: false }],
])("%s is read", (flags, expected) => {
  expect(completedOption({ flags, description: "" })).toMatchObject(expected);
});

test("Another shell is refused with those that there are", async () => {
  const { code, stderr } = await runCli(["completion", "csh"], { cwd });
  expect(code).toBe(2);
  expect(stderr).toContain("d1-ferry completion bash, zsh or fish");
});
