import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { describeToken, newToken } from "../../src/tokens.ts";
import { oneOf } from "../support/cases.ts";
import { spawnCli, workDirectory } from "../support/cli.ts";
import { blocksWith } from "../support/docs.ts";
import { querySql, runSql } from "../support/sample.ts";
import { type AppServer, startAppServer } from "../support/server.ts";
import { runWorkflow, type WorkflowRun, workflowOf } from "./support/workflow.ts";

const PAGE = "github-actions.md";
const SCHEMA = "CREATE TABLE authors (id INTEGER PRIMARY KEY, name TEXT);";
const HEAD = "1f0c5e0a6d6a4a7fb1f7f4e1a3c9d2b7e8f90a12";
const MERGED = "9b8a7c6d5e4f30211203f4e5d6c7b8a99887f6e5";

let cwd: string;
let app: AppServer;
let production: string;
let runs = 0;
const tokens = { plan: newToken(), apply: newToken() };

beforeEach(async () => {
  cwd = await workDirectory();
  production = join(cwd, "production.sqlite");
  runSql(production, `${SCHEMA} INSERT INTO authors VALUES (1, 'Ada'), (2, 'Grace'), (3, 'Linus')`);
  const lines = [
    await describeToken(tokens.plan, { name: "github", may: ["plan"] }),
    await describeToken(tokens.apply, { name: "github", may: ["read", "plan", "write", "delete"] }),
  ];
  app = await startAppServer({ database: production, bucket: join(cwd, "bucket"), tokens: lines.join("\n") });
  await mkdir(join(cwd, "repository/data"), { recursive: true });
  const [make = ""] = await blocksWith(PAGE, "js", "data/make.mjs");
  await writeFile(join(cwd, "repository/data/make.mjs"), make);
  await seed(`${SCHEMA} INSERT INTO authors VALUES (1, 'Ada Lovelace'), (2, 'Grace'), (4, 'Margaret');`);
});
afterEach(() => app.close());

const seed = (sql: string) => writeFile(join(cwd, "repository/data/seed.sql"), sql);
const authors = () => querySql(production, "SELECT * FROM authors ORDER BY id").map(({ name }) => name);
const BEFORE = ["Ada", "Grace", "Linus"];

interface Given {
  /** The token that the job's secret is. */
  secret?: string;
  /** Of which repository the pull request's branch is. */
  from?: string;
  /** Flags that the page says to add to the plan. */
  flags?: string;
  /** Which pull requests GitHub says the merged commit came from. */
  pulls?: { head: { sha: string } }[];
}

async function run(file: string, given: Given): Promise<WorkflowRun> {
  const { secret, flags = "", from = "ada/site", pulls = [{ head: { sha: HEAD } }] } = given;
  runs += 1;
  const workflow = await workflowOf(PAGE, file);
  for (const step of Object.values(workflow.jobs).flatMap(({ steps }) => steps)) {
    step.run = step.run?.replace("d1-ferry plan app.sqlite", `$& ${flags}`);
  }
  return runWorkflow(workflow, {
    workspace: join(cwd, `run-${runs}`),
    repository: join(cwd, "repository"),
    artifacts: join(cwd, "artifacts"),
    values: {
      "vars.PROD_API": app.url,
      "secrets.FERRY_PLAN_TOKEN": secret ?? tokens.plan,
      "secrets.FERRY_APPLY_TOKEN": secret ?? tokens.apply,
      "github.token": "ghs_0123456789",
      "github.repository": "ada/site",
      "github.event.pull_request.head.repo.full_name": from,
      "github.event.pull_request.head.sha": HEAD,
    },
    env: { GITHUB_REPOSITORY: "ada/site", GITHUB_SHA: MERGED },
    api: { [`repos/ada/site/commits/${MERGED}/pulls`]: pulls },
  });
}

const plan = (given: Given = {}) => run("data-plan.yml", given);
const apply = (given: Given = {}) => run("data-apply.yml", given);
const told = ({ output, summary }: WorkflowRun) => `${output}\n${summary}`;

test("The workflows run for what they are about, the one that writes on the main branch alone", async () => {
  const [planning, applying] = [
    await workflowOf(PAGE, "data-plan.yml"),
    await workflowOf(PAGE, "data-apply.yml"),
  ];
  expect(planning.on).toEqual({ pull_request: { paths: ["data/**"] } });
  expect(applying.on).toEqual({ push: { branches: ["main"], paths: ["data/**"] } });
  expect(applying.jobs.apply?.environment).toBe("production");
  expect(JSON.stringify(planning)).not.toContain("APPLY");
  for (const { permissions } of [planning, applying]) {
    expect(new Set(Object.values(permissions))).toEqual(new Set(["read"]));
  }
});

describe("a pull request", () => {
  const ways = [
    { flags: "", deleted: 0, after: ["Ada Lovelace", "Grace", "Linus", "Margaret"] },
    { flags: "--mode mirror", deleted: 1, after: ["Ada Lovelace", "Grace", "Margaret"] },
  ];
  test.for(oneOf(ways))(
    "shows how many rows it would change, changes none, and its merge applies as many ($flags)",
    async ({ flags, deleted, after }) => {
      const planned = await plan({ flags });
      expect(planned.ok, told(planned)).toBe(true);
      expect(planned.summary).toBe(
        `| table | insert | update | delete |\n|---|--:|--:|--:|\n| authors | 1 | 1 | ${deleted} |\n`,
      );
      expect(authors()).toEqual(BEFORE);

      const applied = await apply();
      expect(applied.ok, told(applied)).toBe(true);
      expect(authors()).toEqual(after);
      expect(applied.summary).toMatch(/read back and verified.*\nUndo it: d1-ferry undo sync-\S+ --url http/);

      const again = await apply();
      expect(again.ok, told(again)).toBe(true);
      expect(again.summary).toContain("This plan is applied already");
      for (const text of [told(planned), told(applied)]) {
        for (const token of Object.values(tokens)) expect(text).not.toContain(token);
      }
    },
  );

  test("of a fork does nothing at all", async () => {
    const { requests } = app;
    expect(await plan({ from: "mallory/site" })).toEqual({ ok: true, output: "", summary: "" });
    expect(requests).toEqual([]);
  });

  test.for(oneOf(["may not read", "may read"] as const))(
    "that changes nothing has a merge that does nothing, where the plan's token %s",
    async (which) => {
      await seed(`${SCHEMA} INSERT INTO authors VALUES (1, 'Ada'), (2, 'Grace');`);
      const planned = await plan(which === "may read" ? { secret: tokens.apply } : {});
      expect(planned.ok, told(planned)).toBe(true);
      const applied = await apply();
      expect(applied.ok, told(applied)).toBe(true);
      expect(applied.summary).toMatch(/There was nothing to do|Nothing to do/);
      expect(authors()).toEqual(BEFORE);
    },
  );

  test("whose rows production refuses fails before it is merged", async () => {
    await seed(`${SCHEMA} INSERT INTO authors VALUES (1, 'Ada'); CREATE TABLE elsewhere (id INTEGER PRIMARY KEY);
      INSERT INTO elsewhere VALUES (1);`);
    const planned = await plan();
    expect(planned.ok).toBe(false);
    expect(planned.output).toContain("UNKNOWN_TABLE");
  });
});

describe("a merge", () => {
  test("applies nothing where production has moved, and says which rows", async () => {
    await plan();
    runSql(
      production,
      "UPDATE authors SET name = 'Augusta' WHERE id = 1; INSERT INTO authors VALUES (9, 'Ken')",
    );
    const applied = await apply();
    expect(applied.ok).toBe(false);
    expect(applied.summary).toMatch(
      /1 row has moved since the plan was made:\n +authors \[1\] has other values now/,
    );
    expect(applied.summary).toContain("PLAN_STALE");
    expect(authors()).toEqual(["Augusta", "Grace", "Linus", "Ken"]);

    const anew = await plan();
    expect(anew.ok, told(anew)).toBe(true);
    expect(anew.summary).toContain("| authors | 1 | 1 | 0 |");
  });

  test("applies nothing with the token of the pull request, may be looked at, and stands where other rows move", async () => {
    await plan();
    const refused = await apply({ secret: tokens.plan });
    expect(refused.ok).toBe(false);
    expect(refused.summary).toMatch(/the grant does not allow "write"[\s\S]*FORBIDDEN/);
    expect(authors()).toEqual(BEFORE);

    const file = await readFile(join(cwd, `artifacts/data-plan-${HEAD}/plan.json`), "utf8");
    const { syncKey } = JSON.parse(file) as { syncKey: string };
    const env = { PROD_API: app.url, PROD_TOKEN: tokens.apply };
    const looked = await spawnCli(["plan", syncKey, "--rows"], { cwd, env });
    expect(looked.stdout.toString(), looked.stderr).toContain('~ authors 1 name: "Ada" → "Ada Lovelace"');

    runSql(production, "UPDATE authors SET name = 'Grace Hopper' WHERE id = 2");
    const applied = await apply();
    expect(applied.ok, told(applied)).toBe(true);
    expect(authors()).toEqual(["Ada Lovelace", "Grace Hopper", "Linus", "Margaret"]);
  });

  test("applies nothing that nobody has reviewed", async () => {
    const direct = await apply({ pulls: [] });
    expect(direct.ok).toBe(false);
    expect(direct.output).toContain(`::error::${MERGED} came without a pull request`);
    const unplanned = await apply();
    expect(unplanned.ok).toBe(false);
    expect(unplanned.output).toContain("no artifact matches");
    expect(authors()).toEqual(BEFORE);
  });
});
