import { existsSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { startTwoApps, type TwoApps } from "../support/apps.ts";
import { oneOf } from "../support/cases.ts";
import { type CliRun, jsonOf, runCli, workDirectory } from "../support/cli.ts";
import { makeSample, sampleRows } from "../support/sample.ts";
import { TOKEN } from "../support/server.ts";

let cwd: string;
let apps: TwoApps | undefined;
beforeEach(async () => {
  cwd = await workDirectory();
  apps = undefined;
});
afterEach(() => apps?.close());

const at = (name: string) => `${cwd}/${name}`;
const linesOf = ({ stderr }: CliRun) => stderr.trimEnd().split("\n");

interface Moment {
  app: "local" | "prod";
  method: string;
  /** What the path and query contain. */
  path: string;
}

const EXPORT: Moment = { app: "local", method: "POST", path: "r2-sync" };
const DOWNLOAD: Moment = { app: "local", method: "GET", path: "operation=download" };
const UPLOAD: Moment = { app: "prod", method: "PUT", path: "partNumber" };
const SYNC: Moment = { app: "prod", method: "POST", path: "r2-sync" };

/** Runs a push, which gets the signals one after the other once this request arrives; it is never answered. */
async function interrupt(moment: Moment, signals: NodeJS.Signals[], args: string[]): Promise<CliRun> {
  let send: (signal: NodeJS.Signals) => void = () => {};
  let done = false;
  const ended = Promise.withResolvers<void>();
  const onRequest = async ({ method, url }: { method: string; url: string }) => {
    if (done || method !== moment.method || !url.includes(moment.path)) return;
    done = true;
    for (const signal of signals) {
      send(signal);
      await sleep(30);
    }
    await ended.promise;
    throw new Error("nobody is there any more");
  };
  apps = await startTwoApps(cwd, { [moment.app]: { onRequest } });
  const run = await runCli(["push", ...args], {
    cwd,
    onStart: (kill) => {
      send = kill;
    },
  });
  ended.resolve();
  return run;
}

describe("an interrupted push says how far it came, and ends with the command to resume with", () => {
  const steps = [
    ["exporting", EXPORT, "SIGINT"],
    ["downloading", DOWNLOAD, "SIGTERM"],
    ["uploading", UPLOAD, "SIGINT"],
  ] as const;
  test.each(oneOf(steps))("while %s: only the same command knows how", async (step, moment, signal) => {
    const run = await interrupt(moment, [signal], ["--full", "--yes"]);
    expect(run.code, run.stderr).toBe(130);
    expect(run.stderr).toContain(`Interrupted while ${step}`);
    expect(run.stderr).not.toContain("d1-ferry sync");
    expect(linesOf(run).at(-1)).toBe("d1-ferry push --full --yes");
    const again = await runCli(["push", "--full", "--yes"], { cwd });
    expect(again.code, again.stderr).toBe(0);
    expect(sampleRows(at("prod.sqlite"))).toEqual(sampleRows(at("local.sqlite")));
  });

  test.each(oneOf(["SIGINT", "SIGTERM"]))(
    "while applying, by %s: anybody can resume it by its key, from anywhere",
    async (signal) => {
      const run = await interrupt(SYNC, [signal], ["--full", "--yes"]);
      expect(run.code, run.stderr).toBe(130);
      expect(run.stderr).toContain("Interrupted while applying");
      expect(run.stderr).toContain("does nothing more by itself");
      expect(linesOf(run).at(-1)).toBe("d1-ferry push --full --yes");
      const typed = linesOf(run).find((line) => line.startsWith("d1-ferry sync "));
      const args = typed?.split(" ").slice(1) ?? [];
      const elsewhere = await workDirectory();
      const taken = await runCli([...args, "--yes", "--token-env", "FERRY_TOKEN"], {
        cwd: elsewhere,
        env: { FERRY_TOKEN: TOKEN },
      });
      expect(taken.code, taken.stderr).toBe(0);
      expect(sampleRows(at("prod.sqlite"))).toEqual(sampleRows(at("local.sqlite")));
      const again = await runCli(["push", "--full", "--yes"], { cwd });
      expect(again.code, again.stderr).toBe(0);
    },
  );

  test("--json tells a program the same", async () => {
    const run = await interrupt(SYNC, ["SIGINT"], ["--full", "--yes", "--json"]);
    const answer = jsonOf(run) as { code: string; details: Record<string, string> };
    expect(answer).toMatchObject({ code: "INTERRUPTED", details: { step: "Applying" } });
    expect(answer.details.command).toBe("d1-ferry push --full --yes --json");
    expect(answer.details.takeOver).toBe(`d1-ferry sync ${answer.details.syncKey} --url ${apps?.prod.url}`);
  });
});

describe("an app that dies within a sync, and stays away", () => {
  test.each(
    oneOf<string[]>([
      ["--full", "--yes"],
      ["--full", "--yes", "--json"],
    ]),
  )("ends the command with how to resume, here and elsewhere: %s", async (...args) => {
    let down = true;
    const onRequest = ({ method, url }: { method: string; url: string }) => {
      if (down && method === "POST" && url.includes("r2-sync")) throw new Error("the machine went down");
    };
    apps = await startTwoApps(cwd, { prod: { onRequest } });
    const run = await runCli(["push", ...args], { cwd, impatient: true });
    expect(run.code, run.stderr).toBe(1);
    expect(run.stderr).toContain("UNREACHABLE");
    expect(run.stderr).toContain("It stopped while applying");
    expect(linesOf(run).at(-1)).toBe(["d1-ferry push", ...args].join(" "));
    const takeOver = linesOf(run).find((line) => line.startsWith("d1-ferry sync "));
    expect(takeOver).toMatch(/^d1-ferry sync sync-\S+ --url http/);
    if (args.includes("--json")) {
      expect(jsonOf(run)).toMatchObject({ code: "UNREACHABLE", details: { step: "Applying", takeOver } });
    }
    down = false;
    const again = await runCli(["push", ...args], { cwd });
    expect(again.code, again.stderr).toBe(0);
    expect(sampleRows(at("prod.sqlite"))).toEqual(sampleRows(at("local.sqlite")));
  });

  test("an error that repeating would only meet again says nothing of going on", async () => {
    apps = await startTwoApps(cwd);
    expect((await runCli(["push", "--yes"], { cwd })).code).toBe(0);
    const refused = await runCli(["push", "--yes", "--version", "1"], { cwd });
    expect(refused.stderr).toContain("ALREADY_SYNCED");
    expect(refused.stderr).not.toContain("d1-ferry sync");
  });
});

test("a second Ctrl-C ends it, too, though no answer ever comes", async () => {
  const run = await interrupt(SYNC, ["SIGINT", "SIGINT"], ["--full", "--yes"]);
  // Null: the first one had taken effect, and nobody was there any more to take the second.
  expect(run.code ?? 130).toBe(130);
});

test("an interrupted import into a SQLite file leaves no file, and says how to resume", async () => {
  makeSample(at("big.sqlite"), { authors: 4_000, posts: 40_000 });
  let stopped = false;
  const run = await runCli(["push", "--from", "big.sqlite", "--to", "copy.sqlite", "--yes"], {
    cwd,
    onStderr: (text, kill) => {
      if (stopped || !text.includes("Exported")) return;
      stopped = true;
      kill("SIGINT");
    },
  });
  expect(run.code, run.stderr).toBe(130);
  expect(existsSync(at("copy.sqlite"))).toBe(false);
  expect(linesOf(run).at(-1)).toBe("d1-ferry push --from big.sqlite --to copy.sqlite --yes");
  const again = await runCli(["push", "--from", "big.sqlite", "--to", "copy.sqlite", "--yes"], { cwd });
  expect(again.code, again.stderr).toBe(0);
  expect(sampleRows(at("copy.sqlite"))).toEqual(sampleRows(at("big.sqlite")));
});
