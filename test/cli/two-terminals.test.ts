import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { startTwoApps, type TwoApps } from "../support/apps.ts";
import { ALL_CASES } from "../support/cases.ts";
import { type CliRun, jsonOf, leftIn, runCli, workDirectory } from "../support/cli.ts";
import { makeSample, sampleRows } from "../support/sample.ts";

/** Rows whose export takes longer than a command takes to start. */
const MANY = ALL_CASES ? 20_000 : 8_000;

let cwd: string;
let apps: TwoApps | undefined;
const at = (name: string) => join(cwd, name);
const run = (...args: string[]) => runCli(args, { cwd });

beforeEach(async () => {
  cwd = await workDirectory();
  apps = undefined;
});
afterEach(() => apps?.close());

/** Begins the command, and once more when the first one is asking the app for this; answers both. */
async function twice(args: string[], moment: { app: "local" | "prod"; method: string }): Promise<CliRun[]> {
  let second: Promise<CliRun> | undefined;
  const onRequest = async ({ method }: { method: string }) => {
    if (second !== undefined || method !== moment.method) return;
    let waits: () => void = () => {};
    const waiting = new Promise<void>((resolve) => {
      waits = resolve;
    });
    second = runCli(args, { cwd, onStderr: (text) => text.includes("is running here") && waits() });
    await Promise.race([waiting, second]);
  };
  apps = await startTwoApps(cwd, { [moment.app]: { onRequest } });
  const first = await run(...args);
  expect(second).toBeDefined();
  return [first, await second!];
}

describe("the same command in two terminals", () => {
  test.each([
    ["a push from a file, while it uploads", ["push", "--from", "local.sqlite"], "prod", "PUT"],
    ["a push from an app, while it downloads", ["push"], "local", "GET"],
  ] as const)(
    "%s: the second waits, and then does what a repeated one does",
    async (_name, how, app, method) => {
      const args = [...how, "--version", "3", "--yes", "--json"];
      const [first, second] = await twice(args, { app, method });
      expect(first!.code, first!.stderr).toBe(0);
      expect(second!.stderr).toMatch(/The same command is running here \(process \d+\): waiting/);
      expect(jsonOf(second!).code).toBe("ALREADY_SYNCED");
      expect(sampleRows(at("prod.sqlite"))).toEqual(sampleRows(at("local.sqlite")));
      expect(await leftIn(at(".d1-ferry"))).toEqual([]);
    },
  );

  test("one that waits is ended by Ctrl-C, and the other is not", async () => {
    let second: CliRun | undefined;
    let sent = false;
    apps = await startTwoApps(cwd, {
      prod: {
        onRequest: async ({ method }) => {
          if (second !== undefined || method !== "PUT") return;
          second = await runCli(["push", "--yes"], {
            cwd,
            onStderr: (text, kill) => {
              if (sent || !text.includes("is running here")) return;
              sent = true;
              kill("SIGINT");
            },
          });
        },
      },
    });
    const first = await run("push", "--yes");
    expect(second?.code, second?.stderr).toBe(130);
    expect(first.code, first.stderr).toBe(0);
  });

  test("prune leaves alone what a command is working with", async () => {
    let pruned: CliRun | undefined;
    apps = await startTwoApps(cwd, {
      prod: {
        onRequest: async ({ method }) => {
          if (pruned === undefined && method === "PUT")
            pruned = await run("prune", "--older-than", "0m", "--dry-run", "--json");
        },
      },
    });
    const push = await run("push", "--yes");
    expect(jsonOf(pruned!)).toMatchObject({ local: [] });
    expect(push.code, push.stderr).toBe(0);
  });

  test("four exports of a file to one archive: each one writes all of it", async () => {
    makeSample(at("big.sqlite"), { authors: MANY, posts: 3 * MANY });
    const runs = await Promise.all([1, 2, 3, 4].map(() => run("export", "big.sqlite", "-o", "zz.gz")));
    for (const { code, stderr } of runs) expect(code, stderr).toBe(0);
    expect((await run("import", "zz.gz", "--to", "copy.sqlite", "--yes")).code).toBe(0);
    expect(sampleRows(at("copy.sqlite"))).toEqual(sampleRows(at("big.sqlite")));
    expect((await readdir(cwd)).toSorted()).toEqual([".d1-ferry", "big.sqlite", "copy.sqlite", "zz.gz"]);
  });

  test("exports of two files to one archive take turns as well", async () => {
    makeSample(at("one.sqlite"), { authors: MANY, posts: 3 * MANY });
    makeSample(at("two.sqlite"), { authors: MANY - 1000, posts: 3 * MANY });
    const runs = await Promise.all(
      ["one", "two"].map((name) => run("export", `${name}.sqlite`, "-o", "zz.gz")),
    );
    for (const { code, stderr } of runs) expect(code, stderr).toBe(0);
    expect((await run("import", "zz.gz", "--to", "copy.sqlite", "--yes")).code).toBe(0);
    const whole = ["one", "two"].map((name) => sampleRows(at(`${name}.sqlite`)));
    expect(whole).toContainEqual(sampleRows(at("copy.sqlite")));
  });
});

test("a lock that a killed command left behind holds nobody up", async () => {
  const kill = new AbortController();
  apps = await startTwoApps(cwd, {
    prod: {
      onRequest: ({ method }) => {
        if (kill.signal.aborted || method !== "PUT") return;
        kill.abort();
        throw new Error("the machine went down");
      },
    },
  });
  const killed = await runCli(["push", "--yes"], { cwd, kill: kill.signal });
  expect(killed.code).toBeNull();
  expect((await readdir(at(".d1-ferry"))).some((name) => name.endsWith(".lock"))).toBe(true);
  const again = await run("push", "--yes");
  expect(again.code, again.stderr).toBe(0);
  expect(again.stderr).not.toContain("is running here");
  expect(await leftIn(at(".d1-ferry"))).toEqual([]);
});

test("a file of that name that is no lock holds nobody up, and stays", async () => {
  makeSample(at("rows.sqlite"));
  await writeFile(at("rows.gz.partial.lock"), "somebody's notes, long enough to be no empty database");
  const { code, stderr } = await run("export", "rows.sqlite", "-o", "rows.gz");
  expect(code, stderr).toBe(0);
  expect(await readdir(cwd)).toContain("rows.gz.partial.lock");
});
