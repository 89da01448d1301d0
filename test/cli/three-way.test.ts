import { mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { oneOf, somePoints } from "../support/cases.ts";
import { jsonOf, leftIn, runCli, workDirectory } from "../support/cli.ts";
import { makeSample, querySql, runSql, sampleRows } from "../support/sample.ts";
import {
  type AppServer,
  type AppServerOptions,
  bringsDocument,
  startAppServer,
  TOKEN,
} from "../support/server.ts";

let cwd: string;
let prod: AppServer;
let local: AppServer;
/** Called before each request of production, and of the local app. */
let onRequest: NonNullable<AppServerOptions["onRequest"]>;
let onLocalRequest: NonNullable<AppServerOptions["onRequest"]>;
const at = (name: string) => join(cwd, name);
const run = (...args: string[]) => runCli(args, { cwd });

beforeEach(async () => {
  cwd = await workDirectory();
  onRequest = () => {};
  onLocalRequest = () => {};
  for (const name of ["local", "prod"]) await mkdir(at(`${name}-bucket`));
  makeSample(at("local.sqlite"));
  makeSample(at("prod.sqlite"));
  runSql(at("prod.sqlite"), "DELETE FROM posts; DELETE FROM authors");
  local = await startAppServer({
    ...{ database: at("local.sqlite"), bucket: at("local-bucket") },
    onRequest: (request) => onLocalRequest(request),
  });
  prod = await startAppServer({
    ...{ database: at("prod.sqlite"), bucket: at("prod-bucket") },
    onRequest: (request) => onRequest(request),
  });
  await writeFile(at(".env"), `LOCAL_API=${local.url}\nPROD_API=${prod.url}\nFERRY_TOKEN=${TOKEN}\n`);
  await done("push", "--yes");
  expect(sampleRows(at("prod.sqlite"))).toEqual(sampleRows(at("local.sqlite")));
});
afterEach(async () => {
  await local.close();
  await prod.close();
});

async function done(...args: string[]) {
  const ran = await run(...args);
  expect(ran.code, ran.stderr).toBe(0);
  return ran;
}

const here = (sql: string) => runSql(at("local.sqlite"), sql);
const there = (sql: string) => runSql(at("prod.sqlite"), sql);
const post = (name: string, id: number) =>
  querySql(at(`${name}.sqlite`), `SELECT author_id AS author, body FROM posts WHERE id = ${id}`)[0];
const setBody = (body: string, id = 3) => `UPDATE posts SET body = '${body}' WHERE id = ${id}`;

describe.each(oneOf(["app", "file"]))(
  "a second push, from an app or a file: %s, after edits on both sides",
  (kind) => {
    const push = async (...args: string[]) => {
      if (kind === "app") return run("push", ...args);
      return run("push", "--from", "local.sqlite", ...args);
    };
    const pushed = async (...args: string[]) => {
      const ran = await push(...args);
      expect(ran.code, ran.stderr).toBe(0);
      return ran;
    };
    // What is known of the app is not known of its file.
    beforeEach(async () => {
      if (kind === "file") await pushed("--yes");
    });

    test("sends what was edited here and keeps what was edited there, also in one row", async () => {
      here(
        `${setBody("here")}; UPDATE posts SET body = 'mine' WHERE id = 4; INSERT INTO posts VALUES (600, 1, 'new here')`,
      );
      there("UPDATE posts SET author_id = 7 WHERE id = 3; UPDATE posts SET body = 'theirs' WHERE id = 5");
      const { stderr, stdout, code } = await pushed("--yes", "--json");
      expect(post("prod", 3)).toEqual({ author: 7, body: "here" });
      expect(post("prod", 4)?.body).toBe("mine");
      expect(post("prod", 5)?.body).toBe("theirs");
      expect(post("prod", 600)?.body).toBe("new here");
      expect(jsonOf({ code, stderr, stdout })).toMatchObject({
        results: { posts: { inserted: 1, updated: 2, deleted: 0 } },
        merge: {
          since: expect.any(String),
          kept: {
            rows: 2,
            samples: [
              { table: "posts", key: { id: 3 }, columns: ["author_id"] },
              { table: "posts", key: { id: 5 }, columns: ["body"] },
            ],
          },
          conflicts: { rows: 0 },
        },
      });
      expect(stderr).toContain(
        "2 rows that only the target has edited since the last exchange stay as there: posts (2)",
      );
      // What is written is told, also where it was confirmed before.
      expect(stderr).toMatch(/\+ 600 +author_id: 1, body: "new here"/);
      expect(stderr).toMatch(/~ 4 +body: "post 4.*→ "mine"/);
      // And so it stays.
      const again = await pushed("--yes");
      expect(again.stderr).toContain("Nothing to do");
      expect(post("prod", 5)?.body).toBe("theirs");
      expect(await leftIn(at(".d1-ferry"))).toEqual([]);
    });

    test("stops at a cell that both have edited, before anything is sent, and goes on as it is told", async () => {
      here(`${setBody("ours")}; ${setBody("also", 8)}`);
      there(setBody("theirs"));
      const before = sampleRows(at("prod.sqlite"));
      const stopped = await push("--yes", "--json");
      expect(stopped.code, stopped.stderr).toBe(3);
      expect(sampleRows(at("prod.sqlite"))).toEqual(before);
      expect(stopped.stderr).toMatch(
        /! posts 3 body: was "post 3.*at the source "ours", at the target "theirs"/,
      );
      expect(stopped.stderr).toContain(
        "1 row was edited on both sides since the last exchange. Nothing was sent",
      );
      expect(stopped.stderr).toContain("--on-edit=ours takes what the source has; --on-edit=theirs keeps");
      expect(jsonOf(stopped)).toMatchObject({
        code: "EDIT_CONFLICT",
        details: {
          conflictRows: 1,
          conflicts: [
            {
              table: "posts",
              key: { id: 3 },
              conflicts: [{ column: "body", ours: "ours", theirs: "theirs" }],
            },
          ],
        },
      });
      await pushed("--yes", "--on-edit", "theirs");
      expect([post("prod", 3)?.body, post("prod", 8)?.body]).toEqual(["theirs", "also"]);
      // It was decided; another edit is another conflict.
      expect((await pushed("--yes")).stderr).toContain("Nothing to do");
      here(setBody("ours again"));
      expect((await push("--yes")).code).toBe(3);
      await pushed("--yes", "--on-edit", "ours");
      expect(post("prod", 3)?.body).toBe("ours again");
    });

    test("takes an edit that both have made alike for none", async () => {
      here(setBody("alike"));
      there(setBody("alike"));
      expect((await pushed("--yes")).stderr).toContain("Nothing to do");
      // The base has learned of it.
      there(setBody("later"));
      await pushed("--yes");
      expect(post("prod", 3)?.body).toBe("later");
      here(setBody("post 3 as it was"));
      expect((await push("--yes")).code).toBe(3);
    });

    test("as a mirror deletes what was deleted here, and neither what was added nor what was edited there", async () => {
      here("DELETE FROM posts WHERE id IN (10, 11)");
      there("INSERT INTO posts VALUES (700, 1, 'a visitor'); DELETE FROM posts WHERE id = 12");
      await pushed("--mode", "mirror", "--confirm-delete", "2");
      const ids = querySql(
        at("prod.sqlite"),
        "SELECT id FROM posts WHERE id IN (10, 11, 12, 700) ORDER BY id",
      );
      expect(ids).toEqual([{ id: 700 }]);
      here("DELETE FROM posts WHERE id = 13");
      there(setBody("edited", 13));
      const stopped = await push("--mode", "mirror", "--confirm-delete", "1");
      expect(stopped.code).toBe(3);
      expect(stopped.stderr).toContain("! posts 13: deleted at the source, edited at the target");
      await pushed("--mode", "mirror", "--on-edit", "theirs", "--yes");
      expect(post("prod", 13)?.body).toBe("edited");
      await pushed("--mode", "mirror", "--no-base", "--confirm-delete", "2");
      expect(sampleRows(at("prod.sqlite"))).toEqual(sampleRows(at("local.sqlite")));
    });

    test("goes by the last exchange again once that is undone", async () => {
      here(setBody("pushed"));
      const { undo } = jsonOf(await pushed("--yes", "--json")) as { undo: { command: string } };
      await done(...undo.command.split(" ").slice(1), "--yes");
      expect(post("prod", 3)?.body).not.toBe("pushed");
      // As if it had not been pushed: it is offered again.
      await pushed("--yes");
      expect(post("prod", 3)?.body).toBe("pushed");
    });

    test("goes by the exchange before, once that is undone from elsewhere, also where both have edited a row", async () => {
      here(setBody("pushed"));
      const { undo } = jsonOf(await pushed("--yes", "--json")) as { undo: { command: string } };
      const elsewhere = { cwd: await workDirectory(), env: { PROD_API: prod.url, FERRY_TOKEN: TOKEN } };
      const undone = await runCli([...undo.command.split(" ").slice(1), "--yes"], elsewhere);
      expect(undone.code, undone.stderr).toBe(0);
      here(`${setBody("pushed again")}; ${setBody("mine", 4)}`);
      await pushed("--yes");
      expect([post("prod", 3)?.body, post("prod", 4)?.body]).toEqual(["pushed again", "mine"]);
    });

    test("learns nothing of a dry run, or of a plan that was declined", async () => {
      here(`${setBody("pushed")}; DELETE FROM posts WHERE id = 20`);
      await pushed("--dry-run");
      expect((await push("--mode", "mirror", "--confirm-delete", "5")).code).toBe(2);
      there(setBody("theirs"));
      expect((await push("--yes")).code).toBe(3);
    });

    test("does not overwrite what is written between the comparison and the plan", async () => {
      here(`${setBody("ours")}; UPDATE posts SET author_id = 5 WHERE id = 4`);
      there("UPDATE posts SET author_id = 9 WHERE id = 3");
      let written = false;
      let uploaded = false;
      onRequest = (request) => {
        const arrived = uploaded;
        uploaded ||= bringsDocument(request);
        if (written || !arrived || !request.url.includes("r2-sync")) return;
        written = true;
        there(
          "UPDATE posts SET author_id = 11 WHERE id = 3; UPDATE posts SET body = 'meanwhile' WHERE id = 4",
        );
      };
      const { stderr } = await pushed("--yes");
      expect(written).toBe(true);
      expect(stderr).toContain("was written while it was compared; comparing again");
      expect(post("prod", 3)).toEqual({ author: 11, body: "ours" });
      expect(post("prod", 4)).toEqual({ author: 5, body: "meanwhile" });
    });
  },
);

describe("a pull after a push", () => {
  test("takes what was edited there and keeps what was edited here", async () => {
    here(setBody("mine", 4));
    there(`${setBody("theirs", 5)}; INSERT INTO posts VALUES (700, 1, 'a visitor')`);
    await done("pull", "--yes");
    expect([post("local", 4)?.body, post("local", 5)?.body, post("local", 700)?.body]).toEqual([
      "mine",
      "theirs",
      "a visitor",
    ]);
    // What was kept is sent, and nothing else.
    const pushed = await done("push", "--yes", "--json");
    expect(jsonOf(pushed)).toMatchObject({ results: { posts: { updated: 1, inserted: 0 } } });
    expect(sampleRows(at("prod.sqlite"))).toEqual(sampleRows(at("local.sqlite")));
  });

  test("stops where both have edited a cell", async () => {
    here(setBody("mine"));
    there(setBody("theirs"));
    const stopped = await run("pull", "--yes");
    expect(stopped.code).toBe(3);
    expect(stopped.stderr).toMatch(
      /! posts 3 body: was "post 3.*at the source "theirs", at the target "mine"/,
    );
    await done("pull", "--yes", "--on-edit", "ours");
    expect(post("local", 3)?.body).toBe("theirs");
  });
});

test("a mirror that was not confirmed leaves nothing at the app once the same command is", async () => {
  here(`${setBody("ours")}; DELETE FROM posts WHERE id = 9`);
  const keys = async () => (jsonOf(await run("list", "--json")) as { objects: { key: string }[] }).objects;
  const before = await keys();
  const refused = await run("push", "--mode", "mirror", "--yes");
  expect(refused.code, refused.stderr).toBe(2);
  there(setBody("theirs", 4));
  const { syncKey, undo } = jsonOf(
    await done("push", "--mode", "mirror", "--confirm-delete", "1", "--json"),
  ) as { syncKey: string; undo: { key: string } };
  const added = (await keys()).filter(({ key }) => !before.some((one) => one.key === key));
  expect(added.map(({ key }) => key).toSorted()).toEqual([syncKey, undo.key]);
  expect(post("prod", 4)?.body).toBe("theirs");
});

describe("where everything has to be sent", () => {
  test("what was edited there since the last exchange stops it, unless somebody says so", async () => {
    here(
      "CREATE TABLE notes (id INTEGER PRIMARY KEY, t); INSERT INTO notes VALUES (1, 'x'); " +
        setBody("ours", 4),
    );
    there(setBody("theirs"));
    const stopped = await run("push", "--create", "--yes");
    expect(stopped.code, stopped.stderr).toBe(3);
    expect(stopped.stderr).toContain(
      "1 row has been edited at the target since the last exchange, and everything would",
    );
    expect(querySql(at("prod.sqlite"), "SELECT name FROM sqlite_schema WHERE name = 'notes'")).toEqual([]);
    await done("push", "--create", "--yes", "--on-edit", "ours");
    expect(post("prod", 3)?.body).toBe(post("local", 3)?.body);
  });

  test("the column that an app lacks is told with the statement that adds it", async () => {
    here("ALTER TABLE posts ADD COLUMN likes INTEGER DEFAULT 7");
    there(setBody("theirs"));
    const stopped = await run("push", "--yes");
    expect(stopped.code, stopped.stderr).toBe(3);
    const added = `ALTER TABLE "posts" ADD COLUMN "likes" INTEGER DEFAULT 7;`;
    expect(stopped.stderr).toContain(`Run the target's migrations first, or there: ${added} Or leave`);
    there(added);
    await done("push", "--yes");
    expect(post("prod", 3)?.body).toBe("theirs");
  });

  test("--full overwrites, and the base learns of it", async () => {
    there(setBody("theirs"));
    await done("push", "--full", "--yes");
    expect(sampleRows(at("prod.sqlite"))).toEqual(sampleRows(at("local.sqlite")));
    there(setBody("theirs", 9));
    expect((await done("push", "--yes")).stderr).toContain("Nothing to do");
    expect(post("prod", 9)?.body).toBe("theirs");
  });
});

describe("a push that is killed at any of its requests", () => {
  /** Kills the command as production gets its nth request, or while it answers that. False where it got fewer. */
  async function killAt(n: number, during: boolean): Promise<boolean> {
    const killed = new AbortController();
    let requests = 0;
    onRequest = () => {
      if (++requests !== n) return;
      if (during) setTimeout(() => killed.abort(), 15);
      else {
        killed.abort();
        throw new Error("the machine went down");
      }
    };
    const { code, stderr } = await runCli(["push", "--yes"], { cwd, kill: killed.signal });
    onRequest = () => {};
    if (requests < n) expect(code, stderr).toBe(0);
    return requests >= n;
  }

  // The same command, or another one that finds what that left.
  const WAYS = [
    ["at", ["push", "--yes"]],
    ["at", ["push", "--yes", "--tables", "posts"]],
    ["during", ["push", "--yes"]],
    ["during", ["push", "--yes", "--tables", "posts"]],
  ] as const;
  test.each(oneOf(WAYS))("leaves a true base: %s, then %j", { timeout: 300_000 }, async (when, again) => {
    const as = (id: number) => post("local", id)?.body as string;
    for (const point of somePoints(1)) {
      const before = as(3);
      here(`${setBody(`pushed ${point}`)}; ${setBody(`mine ${point}`, 4)}`);
      there(setBody(`theirs ${point}`, 5));
      const killed = await killAt(point, when === "during");
      await done(...again);
      const bodies = [3, 4, 5].map((id) => post("prod", id)?.body);
      expect(bodies, `${point}`).toEqual([`pushed ${point}`, `mine ${point}`, `theirs ${point}`]);
      // The killed one may be gone on with, whose rows are those of then.
      if (again.length > 2) await done("push", "--yes");
      // What was pushed is known to be: taken back here, it is an edit of ours, and there it is one of theirs.
      here(setBody(before));
      there(setBody("theirs again", 4));
      await done("push", "--yes");
      expect([post("prod", 3)?.body, post("prod", 4)?.body], `${point}`).toEqual([before, "theirs again"]);
      await done("pull", "--yes");
      if (!killed) break;
    }
  });
});

describe("a base that is no database any more", () => {
  test("stops a push, which would write over what was edited there, unless somebody says that it may", async () => {
    const bases = at(".d1-ferry/bases");
    const [name] = (await readdir(bases)).filter((one) => one.endsWith(".sqlite"));
    await writeFile(join(bases, name as string), "what somebody wrote over it".repeat(1000));
    here(setBody("ours", 4));
    there(setBody("theirs"));
    const stopped = await run("push", "--yes");
    expect(stopped.code, stopped.stderr).toBe(3);
    expect(stopped.stderr).toContain("cannot be read");
    expect(stopped.stderr).toMatch(/Remove \S+\.sqlite, or add --no-base/);
    expect(post("prod", 3)?.body).toBe("theirs");
    const { stderr } = await done("push", "--yes", "--no-base");
    expect(stderr).not.toContain("Nothing is known");
    expect(sampleRows(at("prod.sqlite"))).toEqual(sampleRows(at("local.sqlite")));
    expect((await stat(join(bases, name as string))).mode & 0o777).toBe(0o600);
  });

  test("does not stop an undo, which is done by then", async () => {
    here(setBody("ours"));
    const { undo } = jsonOf(await done("push", "--yes", "--json")) as { undo: { command: string } };
    await writeFile(at(".d1-ferry/bases/0123456789abcdef.sqlite"), "no database".repeat(1000));
    const undone = await done(...undo.command.split(" ").slice(1), "--yes");
    expect(undone.stderr).toContain("0123456789abcdef.sqlite cannot be read");
    expect(post("prod", 3)?.body).not.toBe("ours");
  });
});

describe("what a base knows", () => {
  const NOTES = "CREATE TABLE notes (id INTEGER PRIMARY KEY, t TEXT)";

  test("of some tables is no obstacle to the others", async () => {
    for (const both of [here, there]) both(`${NOTES}; INSERT INTO notes VALUES (1, 'a')`);
    here(`UPDATE notes SET t = 'b'; ${setBody("ours")}`);
    const { stderr } = await done("push", "--yes");
    expect(stderr).toContain(
      "Nothing is known here of an earlier exchange of 1 row that the target has otherwise",
    );
    expect(querySql(at("prod.sqlite"), "SELECT t FROM notes")).toEqual([{ t: "b" }]);
    expect(post("prod", 3)?.body).toBe("ours");
  });

  test("begins with the first push, also one that sends what differs, whoever writes meanwhile", async () => {
    for (const gap of somePoints(1)) {
      await rm(at(".d1-ferry"), { recursive: true, force: true });
      here(setBody(`one ${gap}`));
      let requests = 0;
      onLocalRequest = () => {
        if (++requests === gap) here(`${setBody(`late ${gap}`, 4)}; ${setBody(`late ${gap}`, 400)}`);
      };
      const { stderr } = await done("push", "--yes");
      onLocalRequest = () => {};
      expect(stderr).toContain("what differs is sent: ");
      if (requests < gap) break;
      there(setBody(`theirs ${gap}`, 5));
      here(setBody(`ours ${gap}`, 6));
      await done("push", "--yes", "--on-edit", "stop");
      // A table that was written meanwhile is not known, and no edit of its source is taken for one of the target.
      const known = [5, 6, 4, 400].map((id) => post("prod", id)?.body);
      expect([[`theirs ${gap}`], [post("local", 5)?.body]], `${gap}`).toContainEqual(known.slice(0, 1));
      expect(known.slice(1), `${gap}`).toEqual([`ours ${gap}`, `late ${gap}`, `late ${gap}`]);
      await done("push", "--yes", "--no-base");
    }
    // Nobody wrote in between.
    await rm(at(".d1-ferry"), { recursive: true, force: true });
    here(setBody("first"));
    await done("push", "--yes");
    there(setBody("theirs", 5));
    const { stderr } = await done("push", "--yes");
    expect(stderr).toContain("1 row that only the target has edited since the last exchange stays as there");
    expect(post("prod", 5)?.body).toBe("theirs");
  });

  test("goes back undo by undo", async () => {
    const first = post("prod", 3)?.body;
    const pushes: string[] = [];
    for (const body of ["one", "two"]) {
      here(setBody(body));
      const { undo } = jsonOf(await done("push", "--yes", "--json")) as { undo: { command: string } };
      pushes.unshift(undo.command);
    }
    for (const command of pushes) await done(...command.split(" ").slice(1), "--yes");
    expect(post("prod", 3)?.body).toBe(first);
    await done("push", "--yes");
    expect(post("prod", 3)?.body).toBe("two");
  });

  test("holds for a table that was emptied, also where it is pushed by itself", async () => {
    there("DELETE FROM posts");
    const { stderr } = await done("push", "--yes", "--tables", "posts");
    expect(stderr).toContain("500 rows that only the target has edited");
    expect(querySql(at("prod.sqlite"), "SELECT count(*) AS n FROM posts")).toEqual([{ n: 0 }]);
  });

  test("is not asked where a key compares otherwise since", async () => {
    const table = (type: string) =>
      `DROP TABLE IF EXISTS codes; CREATE TABLE codes (code ${type} PRIMARY KEY, note TEXT) WITHOUT ROWID`;
    const fill = `INSERT INTO codes WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < 2000)
      SELECT value, printf('%.*c', 300, 'n') FROM n`;
    for (const place of [here, there]) place(`${table("TEXT")}; ${fill}`);
    await done("push", "--yes");
    for (const place of [here, there]) place(`${table("INTEGER")}; ${fill}`);
    here("UPDATE codes SET note = 'edited' WHERE code IN (9, 10, 1999)");
    const { results } = jsonOf(await done("push", "--yes", "--json"));
    expect(results).toMatchObject({ codes: { updated: 3, deleted: 0, inserted: 0 } });
    expect(querySql(at("prod.sqlite"), "SELECT code FROM codes WHERE note = 'edited' ORDER BY 1")).toEqual([
      { code: 9 },
      { code: 10 },
      { code: 1999 },
    ]);
  });

  test("holds after a column was dropped on both sides, and edits were alike", async () => {
    for (const both of [here, there]) both(`ALTER TABLE authors DROP COLUMN score; ${setBody("alike")}`);
    here(setBody("ours", 4));
    await done("push", "--yes");
    there(setBody("theirs", 5));
    await done("push", "--yes");
    expect([3, 4, 5].map((id) => post("prod", id)?.body)).toEqual(["alike", "ours", "theirs"]);
  });

  test("writes no plan over the target's edits where there is nothing to send", async () => {
    there(setBody("theirs"));
    const { stderr } = await done("plan", "-o", "plan.json");
    expect(stderr).toContain("No plan was written: there is nothing to do");
    expect(await readdir(cwd)).not.toContain("plan.json");
  });

  test.each(oneOf(["kept", "dropped"]))("is the same after a plan that was %s", async (became) => {
    here(`${setBody("ours")}; DELETE FROM posts WHERE id = 20`);
    await done("plan", "--mode", "mirror", "-o", "plan.json");
    const { syncKey } = JSON.parse(await readFile(at("plan.json"), "utf8"));
    if (became === "dropped") await done("drop", syncKey, "--yes");
    there(setBody("theirs", 4));
    await done("push", "--yes");
    expect([post("prod", 3)?.body, post("prod", 4)?.body]).toEqual(["ours", "theirs"]);
    here(setBody("ours again"));
    there(setBody("theirs again"));
    expect((await run("push", "--yes")).code).toBe(3);
  });

  test("is looked at also where everything has to be sent, up to the moment when it is written", async () => {
    for (const both of [here, there])
      both("CREATE TABLE lines (t TEXT PRIMARY KEY); INSERT INTO lines VALUES (NULL)");
    here(setBody("ours", 4));
    let written = false;
    onRequest = ({ method }) => {
      if (written || method !== "PUT") return;
      written = true;
      there(setBody("meanwhile"));
    };
    const stopped = await run("push", "--yes");
    expect(written).toBe(true);
    expect(stopped.code, stopped.stderr).toBe(3);
    expect(stopped.stderr).toContain("--exclude");
    expect(post("prod", 3)?.body).toBe("meanwhile");
  });

  test("is not lost with a command that was killed just as the target had committed", async () => {
    const killed = new AbortController();
    let uploaded = false;
    let syncs = 0;
    onRequest = async (request) => {
      uploaded ||= bringsDocument(request);
      if (!uploaded || !request.url.includes("r2-sync")) return;
      if (++syncs === 3) setTimeout(() => killed.abort(), 400);
    };
    const before = post("local", 3)?.body as string;
    here(setBody("pushed"));
    await runCli(["push", "--yes"], { cwd, kill: killed.signal });
    onRequest = () => {};
    // Another command than the one that was killed.
    here(setBody(before));
    await run("push", "--yes", "--mode", "mirror");
    expect(post("prod", 3)?.body).toBe(before);
  });
});

test("two pushes between the same places wait for each other, and both leave a true base", async () => {
  here(setBody("one", 3));
  const [one, other] = await Promise.all([run("push", "--yes"), run("push", "--yes", "--tables", "posts")]);
  expect([one.code, other.code], one.stderr + other.stderr).toEqual([0, 0]);
  there(setBody("theirs"));
  here(setBody("ours"));
  expect((await run("push", "--yes")).code).toBe(3);
});
