import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startTwoApps, type TwoApps } from "../support/apps.ts";
import { jsonOf, runCli, workDirectory } from "../support/cli.ts";
import { runSql, sampleRows } from "../support/sample.ts";
import type { AppServerOptions } from "../support/server.ts";

let cwd: string;
let apps: TwoApps;
const at = (name: string) => join(cwd, name);
const run = (...args: string[]) => runCli(args, { cwd });
const FROM_FILE = ["push", "--from", "local.sqlite", "--full", "--yes"];
const CHANGE = "UPDATE authors SET name = 'changed since' WHERE id = 7";

beforeEach(async () => {
  cwd = await workDirectory();
});
afterEach(() => apps.close());

/** A push that is killed as the production app gets the first such request. */
async function kill(
  args: string[],
  {
    when,
    prepare,
    ...app
  }: { when: (method: string) => boolean; prepare?: () => void } & Partial<AppServerOptions>,
): Promise<void> {
  const kill = new AbortController();
  apps = await startTwoApps(cwd, {
    prod: {
      ...app,
      onRequest: ({ method, url }) => {
        if (kill.signal.aborted || url.includes("status") || !when(method)) return;
        kill.abort();
        throw new Error("the machine went down");
      },
    },
  });
  prepare?.();
  const killed = await runCli(args, { cwd, kill: kill.signal });
  expect(killed.code, killed.stderr).toBeNull();
}

const uploading = (method: string) => method === "PUT";
/** The first POST begins the upload, the second joins it, the third is the sync. */
function syncing(): (method: string) => boolean {
  let posts = 0;
  return (method) => method === "POST" && ++posts === 3;
}

async function expectNewRows(): Promise<void> {
  const again = await run(...FROM_FILE, "--json");
  expect(again.code, again.stderr).toBe(0);
  expect(again.stderr).toContain("has changed since then; starting over");
  expect(again.stderr).not.toContain("Resuming what started");
  expect(sampleRows(at("prod.sqlite"))).toEqual(sampleRows(at("local.sqlite")));
  const { objects, runs } = jsonOf(await run("list", "--json")) as { objects: unknown[]; runs: unknown[] };
  // The other is what the push is undone by.
  expect([objects.length, runs.length]).toEqual([2, 1]);
}

test("a SQLite file that changed after an interrupted upload: its new rows are sent, the old upload is dropped", async () => {
  await kill(FROM_FILE, { when: uploading });
  runSql(at("local.sqlite"), CHANGE);
  await expectNewRows();
});

test("or after the upload, before anything was applied", async () => {
  await kill(FROM_FILE, { when: syncing() });
  runSql(at("local.sqlite"), CHANGE);
  await expectNewRows();
});

test("a change that is in the -wal only counts too", async () => {
  let writer: DatabaseSync | undefined;
  try {
    await kill(FROM_FILE, {
      when: syncing(),
      prepare: () => {
        writer = new DatabaseSync(at("local.sqlite"));
        writer.exec(
          "PRAGMA journal_mode = wal; PRAGMA wal_autocheckpoint = 0; UPDATE posts SET body = 'in the wal'",
        );
      },
    });
    writer?.exec(CHANGE);
    await expectNewRows();
  } finally {
    writer?.close();
  }
});

test("a file that did not change is resumed, also one in WAL mode that nobody has open", async () => {
  await kill(FROM_FILE, {
    when: syncing(),
    prepare: () => runSql(at("local.sqlite"), "PRAGMA journal_mode = wal; UPDATE posts SET body = 'new'"),
  });
  const again = await run(...FROM_FILE);
  expect(again.code, again.stderr).toBe(0);
  expect(again.stderr).toContain("Resuming what started");
  expect(sampleRows(at("prod.sqlite"))).toEqual(sampleRows(at("local.sqlite")));
});

test("a run that is being applied is completed with its own rows, and says so", async () => {
  const tables = Array.from({ length: 24 }, (_, i) => `notes_${i + 10}`);
  const applying = () => {
    const database = new DatabaseSync(at("prod.sqlite"), { readOnly: true });
    try {
      return database.prepare("SELECT status FROM _ferry_runs").get()?.status === "applying";
    } catch {
      return false;
    } finally {
      database.close();
    }
  };
  const args = [...FROM_FILE, "--atomic", "never"];
  await kill(args, {
    when: (method) => method === "POST" && applying(),
    platform: "workers-free",
    prepare: () => {
      for (const name of tables) {
        const table = `CREATE TABLE ${name} (id INTEGER PRIMARY KEY, body TEXT);`;
        runSql(at("prod.sqlite"), table);
        runSql(at("local.sqlite"), `${table} INSERT INTO ${name} VALUES (1, '${name}'), (2, 'two')`);
      }
    },
  });
  const before = sampleRows(at("local.sqlite"));
  runSql(at("local.sqlite"), CHANGE);
  const again = await run(...args);
  expect(again.code, again.stderr).toBe(0);
  expect(again.stderr).toContain("its earlier rows are being applied");
  expect(sampleRows(at("prod.sqlite"))).toEqual(before);
  const changes = await run(...args, "--version", "2");
  expect(changes.code, changes.stderr).toBe(0);
  expect(sampleRows(at("prod.sqlite"))).toEqual(sampleRows(at("local.sqlite")));
});

test("an app has no such fingerprint: the command says from when its rows are", async () => {
  await kill(["push", "--full", "--yes"], { when: syncing() });
  const again = await run("push", "--full", "--yes");
  expect(again.code, again.stderr).toBe(0);
  expect(again.stderr).toMatch(
    /Resuming what started at .* UTC, with the app's rows as they were then \(--fresh/,
  );
});
