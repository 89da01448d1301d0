import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { oneOf, somePoints } from "../support/cases.ts";
import { type CliRun, jsonOf, runCli, workDirectory } from "../support/cli.ts";
import {
  type Answered,
  type Meddle,
  type MeddlingProxy,
  startMeddlingProxy,
} from "../support/meddling-proxy.ts";
import { makeSample, querySql, runSql } from "../support/sample.ts";
import { type AppServer, startAppServer, TOKEN } from "../support/server.ts";

/*
 * What stands in front of an app answers in its place, from a request of a command on: with what was answered before, with an
 * answer that is cut short, or not at all. No command takes that for success, or writes wrong rows; once it is over,
 * the same command comes to its end.
 */

let cwd: string;
let prod: AppServer;
let proxy: MeddlingProxy;
/** The last answer to each operation, of earlier commands. */
let older: Map<string, Answered>;
const at = (name: string) => join(cwd, name);
const run = (...args: string[]) => runCli(args, { cwd, impatient: true });
const postsIn = (file: string) => querySql(at(file), "SELECT id, body FROM posts ORDER BY id");
const bodies = (file: string) => postsIn(file).map(({ body }) => body);
const ended = (ran: CliRun) => ran.stderr.slice(-1500);

async function done(...args: string[]): Promise<void> {
  const ran = await runCli(args, { cwd });
  expect(ran.code, ended(ran)).toBe(0);
}

beforeEach(async () => {
  cwd = await workDirectory();
  await mkdir(at("bucket"));
  makeSample(at("local.sqlite"), { authors: 5, posts: 5 });
  makeSample(at("prod.sqlite"), { authors: 5, posts: 5 });
  runSql(at("local.sqlite"), "UPDATE posts SET body = 'body ' || id");
  runSql(at("prod.sqlite"), "UPDATE posts SET body = iif(id < 3, 'old ', 'body ') || id");
  prod = await startAppServer({ database: at("prod.sqlite"), bucket: at("bucket") });
  proxy = await startMeddlingProxy(prod.url);
  await writeFile(at(".env"), `PROD_API=${proxy.url}\nFERRY_TOKEN=${TOKEN}\n`);
  older = new Map();
  proxy.meddle(async ({ operation }, forward) => {
    const answered = await forward();
    if (answered.status < 300) older.set(operation, answered);
    return answered;
  });
  await done("push", "--from", "local.sqlite", "--yes");
  await done("pull", "--to", "earlier.sqlite", "--create", "--yes");
  await done("undo", "--yes", "--confirm-delete", "0");
  await done("push", "--from", "local.sqlite", "--yes");
  await done("export", proxy.url, "-o", "earlier.ferry");
  runSql(
    at("local.sqlite"),
    "UPDATE posts SET body = 'ours' WHERE id = 3; INSERT INTO posts VALUES (6, 1, 'ours')",
  );
  runSql(at("prod.sqlite"), "UPDATE posts SET body = 'theirs' WHERE id = 5");
});
afterEach(async () => {
  await proxy.close();
  await prod.close();
});

const cutShort = (answered: Answered): Answered => {
  const { "content-length": _, ...headers } = answered.headers;
  return { ...answered, headers, body: answered.body.subarray(0, Math.floor(answered.body.length / 2)) };
};

/** What becomes of an answer. */
const KINDS: Record<string, (answered: Answered, operation: string) => Answered | "cut"> = {
  "older ones": (answered, operation) => older.get(operation) ?? answered,
  "ones that are cut short": cutShort,
  "none that is heard": () => "cut",
};

const PUSHED = ["body 1", "body 2", "ours", "body 4", "theirs", "ours"];
const NOW = ["body 1", "body 2", "body 3", "body 4", "theirs"];
const BEFORE = ["old 1", "old 2", "body 3", "body 4", "theirs"];

interface Case {
  args: string[];
  /** Exit codes where all is well. */
  codes: number[];
  /** What is then where. */
  right: () => void;
}

const COMMANDS: Record<string, Case> = {
  push: {
    args: ["push", "--from", "local.sqlite", "--yes"],
    codes: [0],
    right: () => expect(bodies("prod.sqlite")).toEqual(PUSHED),
  },
  "push --full": {
    args: ["push", "--from", "local.sqlite", "--yes", "--full", "--on-edit", "ours"],
    codes: [0],
    right: () => expect(bodies("prod.sqlite")).toEqual(bodies("local.sqlite")),
  },
  pull: {
    args: ["pull", "--to", "copy.sqlite", "--create", "--yes"],
    codes: [0],
    right: () => expect(bodies("copy.sqlite")).toEqual(NOW),
  },
  undo: {
    args: ["undo", "--yes", "--confirm-delete", "0"],
    // A row that was edited since stays.
    codes: [3, 0],
    right: () => expect(bodies("prod.sqlite")).toEqual(BEFORE),
  },
  verify: { args: ["verify", "local.sqlite", "PROD"], codes: [4], right: () => {} },
  "diff --exit-code": { args: ["diff", "local.sqlite", "PROD", "--exit-code"], codes: [4], right: () => {} },
  export: {
    args: ["export", "PROD", "-o", "out.ferry"],
    codes: [0],
    async right() {
      await done("import", "out.ferry", "--to", "out.sqlite", "--create", "--yes");
      expect(bodies("out.sqlite")).toEqual(NOW);
    },
  },
};

/** From the n-th request on, this becomes of all answers to such requests. */
function from(n: number, kind: keyof typeof KINDS): { meddle: Meddle; reached: () => boolean } {
  let broken: string | null = null;
  const meddle: Meddle = async (passing, forward) => {
    if (passing.n === n) broken = passing.operation;
    const answered = await forward();
    return broken === passing.operation ? (KINDS[kind]?.(answered, broken) ?? answered) : answered;
  };
  return { meddle, reached: () => broken !== null };
}

describe.each(Object.keys(COMMANDS))("%s", (name) => {
  const { args, codes, right } = COMMANDS[name] as Case;
  const points = [...somePoints(0, 14)];
  test.each(oneOf(Object.keys(KINDS)).flatMap((kind) => points.map((n) => ({ kind, n }))))(
    "whose answers are $kind, from request $n on",
    async ({ kind, n }) => {
      const typed = args.map((word) => (word === "PROD" ? proxy.url : word));
      const { meddle, reached } = from(n, kind);
      proxy.meddle(meddle);
      const broken = await run(...typed);
      if (codes.includes(broken.code ?? -1)) await right();
      else {
        expect(broken.code, ended(broken)).not.toBe(0);
        expect(broken.code, ended(broken)).not.toBe(4);
        expect(ended(broken)).toMatch(/d1-ferry|same command|[Aa]gain/);
      }
      if (!reached()) return;
      proxy.rest();
      const again = await run(...typed);
      // It would take back the run before.
      if (codes.includes(broken.code ?? -1) && name === "undo") return;
      expect(codes, `${ended(broken)}\n\n${ended(again)}`).toContain(again.code);
      await right();
    },
    60_000,
  );
});

test("a drop whose first answer is lost says that the run is removed", async () => {
  const planned = await run("plan", "local.sqlite", "-o", "plan.json", "--json");
  expect(planned.code, ended(planned)).toBe(0);
  const { syncKey } = jsonOf(planned) as { syncKey: string };
  let isLost = false;
  proxy.meddle(async ({ operation }, forward) => {
    const answered = await forward();
    const cut = operation === "drop" && !isLost;
    isLost ||= cut;
    return cut ? "cut" : answered;
  });
  const dropped = await run("drop", syncKey, "--yes", "--json");
  expect(dropped.code, ended(dropped)).toBe(0);
  expect(jsonOf(dropped)).toMatchObject({ success: true, syncKey, dropped: true });
});
