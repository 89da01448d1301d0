import { execSync } from "node:child_process";
import { existsSync } from "node:fs";
import { lstat, mkdir, readdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { gunzipSync } from "node:zlib";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { ALL_CASES } from "../support/cases.ts";
import { jsonOf, leftIn, runCli, workDirectory } from "../support/cli.ts";
import { makeSample, runSql, sampleRows } from "../support/sample.ts";

let cwd: string;
const at = (name: string) => join(cwd, name);
const run = (...args: string[]) => runCli(args, { cwd });
beforeEach(async () => {
  cwd = await workDirectory();
  makeSample(at("app.sqlite"));
});

describe("export", () => {
  test("writes a document that gunzip and any JSON parser read, without the sessions", async () => {
    const { code, stderr } = await run("export", "app.sqlite", "-o", "app.json.gz");
    expect(code).toBe(0);
    expect(stderr).toContain("sessions");
    expect(stderr).toContain("Exported 700 rows of 2 tables");
    const document = JSON.parse(gunzipSync(await readFile(at("app.json.gz"))).toString());
    expect(Object.keys(document.data)).toEqual(["authors", "posts"]);
    expect(document.data.authors).toHaveLength(200);
    expect(document.data.posts[0].body).toBe("post 1: “line one”\nline two");
  });

  test("says that what it writes is gzipped where the file's name does not", async () => {
    expect((await run("export", "app.sqlite", "-o", "a.json.gz")).stderr).not.toContain("gzipped");
    const { stderr } = await run("export", "app.sqlite", "-o", "a.json");
    const [, command = ""] = /It is gzipped, whatever its name: (.*)/.exec(stderr) ?? [];
    expect(JSON.parse(execSync(command).toString())).toHaveProperty("data");
  });

  test("import - reads an archive or a document from stdin, and leaves no file behind", async () => {
    await run("export", "app.sqlite", "-o", "app.json.gz");
    const archive = await readFile(at("app.json.gz"));
    await mkdir(at("tmp"));
    const piped = (stdin: Uint8Array, ...args: string[]) =>
      runCli(["import", "-", ...args], { cwd, stdin, env: { TMPDIR: at("tmp") } });
    const inputs = [
      archive,
      gunzipSync(archive),
      Buffer.from('{"data":{"posts":[{"id":900,"author_id":1}]}}'),
    ];
    for (const [i, stdin] of inputs.slice(0, 2).entries()) {
      const result = await piped(stdin, "--to", `${i}.sqlite`, "--yes", "--json");
      expect(jsonOf(result)).toMatchObject({ from: "stdin", status: "completed" });
      expect(sampleRows(at(`${i}.sqlite`))).toEqual(sampleRows(at("app.sqlite")));
    }
    expect((await piped(inputs[2]!, "--to", "0.sqlite", "--yes", "--version", "2")).code).toBe(0);
    for (const [stdin, text] of [
      ["", "stdin is empty"],
      ["[1]", "stdin is a list"],
      ["hello", "stdin is neither a SQLite database nor an export"],
      ['{"data":{"nope":[{"a":1}]}}', 'no table "nope"'],
    ] as const) {
      const { code, stderr } = await piped(Buffer.from(stdin), "--to", "0.sqlite", "--yes");
      expect(stderr).toContain(text);
      expect(code).toBeGreaterThan(0);
    }
    expect((await piped(archive, "--to", "3.sqlite")).code).toBe(2);
    expect(await readdir(at("tmp"))).toEqual([]);
    expect(await leftIn(at(".d1-ferry"))).toEqual([]);
  });

  test("--include takes along what is left out, and so does --all; an import asks again", async () => {
    const tables = async (name: string) =>
      Object.keys(JSON.parse(gunzipSync(await readFile(at(name))).toString()).data);
    const sessions = (name: string) => {
      const file = new DatabaseSync(at(name), { readOnly: true });
      const found = file.prepare("SELECT name FROM sqlite_schema WHERE name = 'sessions'").all();
      const rows = found.length === 0 ? null : file.prepare("SELECT id FROM sessions").all();
      file.close();
      return rows;
    };
    await run("export", "app.sqlite", "--include", "sessions", "-o", "more.json.gz");
    expect(await tables("more.json.gz")).toEqual(["authors", "posts", "sessions"]);
    await run("export", "app.sqlite", "--all", "-o", "all.json.gz");
    expect(await tables("all.json.gz")).toEqual(["authors", "posts", "sessions"]);

    const without = await run("import", "all.json.gz", "--to", "without.sqlite", "--yes");
    expect(without.stderr).toContain("sessions is held back: looks like sessions or tokens");
    expect(without.stderr).toContain("--include TABLE");
    expect(sessions("without.sqlite")).toBeNull();
    const asked = [["--include", "sessions"], ["--all"], ["--tables", "sessions"]];
    for (const [i, flags] of asked.entries()) {
      const { code, stderr } = await run("import", "all.json.gz", "--to", `${i}.sqlite`, "--yes", ...flags);
      expect(stderr).not.toContain("held back");
      expect(code).toBe(0);
      expect(sessions(`${i}.sqlite`)).toEqual([{ id: "secret-session" }]);
    }
    const only = await run(
      "import",
      "all.json.gz",
      "--to",
      "0.sqlite",
      "--exclude",
      "authors,posts",
      "--yes",
    );
    expect(only.stderr).toContain("--include sessions");
    expect(only.code).toBe(1);
  });

  test("--json answers one object", async () => {
    const result = await run("export", "app.sqlite", "-o", "app.json.gz", "--tables", "posts", "--json");
    expect(jsonOf(result)).toEqual({
      success: true,
      from: at("app.sqlite"),
      file: at("app.json.gz"),
      bytes: (await stat(at("app.json.gz"))).size,
      version: 1,
      stats: [{ table: "posts", count: 500 }],
      notes: expect.any(Array),
    });
  });

  test("-o - streams the archive to stdout and keeps words off it", async () => {
    const { code, stdout, stderr } = await run("export", "app.sqlite", "-o", "-", "--exclude", "posts");
    expect(code).toBe(0);
    expect(Object.keys(JSON.parse(gunzipSync(stdout).toString()).data)).toEqual(["authors"]);
    expect(stderr).toContain("Exported 200 rows");
  });

  test("an unknown table leaves the earlier archive as it was", async () => {
    await writeFile(at("app.json.gz"), "earlier");
    const { code, stderr } = await run("export", "app.sqlite", "-o", "app.json.gz", "--tables", "nobody");
    expect(code).toBe(1);
    expect(stderr).toContain("UNKNOWN_TABLE");
    expect(await readFile(at("app.json.gz"), "utf8")).toBe("earlier");
    await expect(stat(at("app.json.gz.partial"))).rejects.toThrow();
  });

  test("what a killed export left as .partial is written over by the same command", async () => {
    await writeFile(at("app.json.gz.partial"), "x".repeat(1_000_000));
    expect((await run("export", "app.sqlite", "-o", "app.json.gz")).code).toBe(0);
    const document = JSON.parse(gunzipSync(await readFile(at("app.json.gz"))).toString());
    expect(document.data.posts).toHaveLength(500);
    expect(existsSync(at("app.json.gz.partial"))).toBe(false);
  });

  test("a file that only begins like a database fails and leaves none behind", async () => {
    await writeFile(at("broken.sqlite"), `SQLite format 3\0${"garbage".repeat(100)}`);
    const { code, stderr } = await run("export", "broken.sqlite", "-o", "broken.json.gz");
    expect(code).toBe(1);
    expect(stderr).toMatch(/file is not a database \(DATABASE_ERROR\)\n {2}.*damaged, or encrypted/);
    await expect(stat(at("broken.json.gz"))).rejects.toThrow();
  });

  test.for(["UTF-16le", "UTF-16be"])("a database in %s is neither read nor written", async (encoding) => {
    const made = new DatabaseSync(at("of old.sqlite"));
    made.exec(`PRAGMA encoding = '${encoding}'; CREATE TABLE posts (id TEXT PRIMARY KEY, body TEXT);
      INSERT INTO posts VALUES ('é', char(0xFFFD))`);
    made.close();
    const before = await readFile(at("of old.sqlite"));
    for (const args of [
      ["export", "of old.sqlite", "-o", "old.json.gz"],
      ["push", "--from", "of old.sqlite", "--to", "new.sqlite", "--yes"],
      ["push", "--from", "app.sqlite", "--to", "of old.sqlite", "--yes"],
      ["diff", "app.sqlite", "of old.sqlite"],
    ]) {
      const { code, stderr } = await run(...args);
      expect(stderr).toContain(`of old.sqlite keeps its texts in ${encoding}, and only UTF-8 is supported`);
      expect(stderr).toContain(`sqlite3 '${at("of old.sqlite")}' .dump | sqlite3 utf8.sqlite`);
      expect(code).toBe(1);
    }
    expect(await readFile(at("of old.sqlite"))).toEqual(before);
    expect(existsSync(at("new.sqlite")) || existsSync(at("old.json.gz"))).toBe(false);
  });

  test.skipIf(!existsSync("/dev/full"))(
    "a full disk is reported with the file's name, and no part stays",
    async () => {
      await symlink("/dev/full", at("app.json.gz.partial"));
      const { code, stderr } = await run("export", "app.sqlite", "-o", "app.json.gz");
      expect(stderr).toContain(`${at("app.json.gz")}: no space left on its disk (DISK_FULL)\n  `);
      expect(stderr).toContain("Free some space there");
      expect(code).toBe(1);
      expect((await readdir(cwd)).filter((name) => name.startsWith("app.json.gz"))).toEqual([]);
    },
  );

  test("-o onto a link replaces the file that it leads to, and keeps the link", async () => {
    await mkdir(at("backups"));
    await writeFile(at("backups/one.gz"), "earlier");
    await symlink("backups/one.gz", at("latest.gz"));
    await symlink("backups/two.gz", at("next.gz"));
    for (const link of ["latest.gz", "next.gz"]) {
      expect((await run("export", "app.sqlite", "-o", link)).code).toBe(0);
      expect((await lstat(at(link))).isSymbolicLink()).toBe(true);
      expect(JSON.parse(gunzipSync(await readFile(at(link))).toString()).data.posts).toHaveLength(500);
    }
    expect((await readdir(at("backups"))).toSorted()).toEqual(["one.gz", "two.gz"]);
  });

  test.skipIf(!existsSync("/dev/null"))("-o onto a device writes to it, and leaves it there", async () => {
    await symlink("/dev/null", at("nowhere"));
    const { code, stderr } = await run("export", "app.sqlite", "-o", "nowhere");
    expect(stderr).toContain("Exported 700 rows");
    expect(stderr).not.toContain(": 0 bytes");
    expect(code).toBe(0);
    expect((await lstat(at("nowhere"))).isSymbolicLink()).toBe(true);
    expect((await stat("/dev/null")).isCharacterDevice()).toBe(true);
    expect(existsSync(at("nowhere.partial"))).toBe(false);
  });

  test("a directory that is not there is named, for a new SQLite file", async () => {
    const { code, stderr } = await run("push", "--from", "app.sqlite", "--to", "nowhere/new.sqlite", "--yes");
    expect(stderr).toContain(
      `The directory ${at("nowhere")} does not exist: create it, or name another file.`,
    );
    expect(code).toBe(1);
  });
});

function schemaNames(path: string): string[] {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    return database
      .prepare("SELECT name FROM sqlite_schema")
      .all()
      .map(({ name }) => name as string);
  } finally {
    database.close();
  }
}

/** Also of a file that somebody else writes. */
function hasTable(path: string, name: string): boolean {
  try {
    return schemaNames(path).includes(name);
  } catch {
    return false;
  }
}

describe("import", () => {
  let archive: Buffer;
  beforeAll(async () => {
    const elsewhere = await workDirectory();
    makeSample(join(elsewhere, "app.sqlite"));
    expect((await runCli(["export", "app.sqlite", "-o", "app.json.gz"], { cwd: elsewhere })).code).toBe(0);
    archive = await readFile(join(elsewhere, "app.json.gz"));
  });
  beforeEach(() => writeFile(at("app.json.gz"), archive));

  test("a new file ends with the same rows as the one exported, and its constraints", async () => {
    const { code, stderr } = await run("import", "app.json.gz", "--to", "other.sqlite", "--yes");
    expect(code).toBe(0);
    expect(stderr).toContain("a new file");
    expect(sampleRows(at("other.sqlite"))).toEqual(sampleRows(at("app.sqlite")));
    expect(() => runSql(at("other.sqlite"), "INSERT INTO posts (author_id) VALUES (99999)")).toThrow(
      /FOREIGN KEY/,
    );
  });

  test("--json answers the plan, the results and the key as one object", async () => {
    makeSample(at("other.sqlite"), { empty: true });
    const result = await run("import", "app.json.gz", "--to", "other.sqlite", "--yes", "--json");
    expect(result.code).toBe(0);
    const counts = { attempted: 200, inserted: 200, updated: 0, unchanged: 0, deleted: 0, skipped: 0 };
    expect(jsonOf(result)).toMatchObject({
      success: true,
      status: "completed",
      from: at("app.json.gz"),
      to: at("other.sqlite"),
      syncKey: expect.stringMatching(/^sync-\d+-[0-9a-z]{12}$/),
      version: 1,
      verified: true,
      skipped: 0,
      plan: { tables: { authors: { ...counts, live: 0 } }, transactions: "one" },
      results: { authors: counts },
    });
  });

  test("a new file is made in one transaction, also with --atomic=never, and ends with the same rows", async () => {
    const result = await run(
      "import",
      "app.json.gz",
      "--to",
      "b.sqlite",
      "--yes",
      "--atomic=never",
      "--json",
    );
    expect(jsonOf(result)).toMatchObject({
      status: "completed",
      verified: true,
      plan: { transactions: "one" },
    });
    expect(sampleRows(at("b.sqlite"))).toEqual(sampleRows(at("app.sqlite")));
    expect(schemaNames(at("b.sqlite")).filter((name) => name.startsWith("_ferry"))).toEqual([]);
  });

  test("--atomic=never writes into tables that are there a frame at a time, and ends with the same rows", async () => {
    makeSample(at("b.sqlite"), { empty: true });
    const args = ["import", "app.json.gz", "--to", "b.sqlite", "--yes", "--atomic=never", "--json"];
    expect(jsonOf(await run(...args))).toMatchObject({ verified: true, plan: { transactions: "many" } });
    expect(sampleRows(at("b.sqlite"))).toEqual(sampleRows(at("app.sqlite")));
    expect(schemaNames(at("b.sqlite")).filter((name) => name.startsWith("_ferry"))).toEqual([]);
  });

  test("the same archive again writes nothing, and nothing of d1-ferry stays in the file", async () => {
    await run("import", "app.json.gz", "--to", "other.sqlite", "--yes");
    const before = await readFile(at("other.sqlite"));
    const again = await run("import", "app.json.gz", "--to", "other.sqlite", "--yes", "--json");
    expect(again.code).toBe(0);
    expect(jsonOf(again)).toMatchObject({ status: "completed", plan: { rowsWritten: 0 } });
    const names = schemaNames(at("other.sqlite"));
    expect(names.filter((name) => name.startsWith("_ferry") || name === "seed_history")).toEqual([]);
    expect((await readFile(at("other.sqlite"))).length).toBe(before.length);
  });

  test("--dry-run prints the plan, ends with 0 and makes no file", async () => {
    const { code, stderr } = await run("import", "app.json.gz", "--to", "other.sqlite", "--dry-run");
    expect(code).toBe(0);
    expect(stderr).toMatch(/posts +500 +0 +0 +0/);
    await expect(stat(at("other.sqlite"))).rejects.toThrow();
  });

  test("--dry-run leaves a file that is there as it was, to the byte", async () => {
    makeSample(at("other.sqlite"), { empty: true });
    const before = await readFile(at("other.sqlite"));
    const { code } = await run("import", "app.json.gz", "--to", "other.sqlite", "--dry-run");
    expect(code).toBe(0);
    expect((await readFile(at("other.sqlite"))).equals(before)).toBe(true);
  });

  test("without a terminal and without --yes it ends with code 2, names the flag and changes nothing", async () => {
    makeSample(at("other.sqlite"), { empty: true });
    const before = await readFile(at("other.sqlite"));
    const { code, stderr } = await run("import", "app.json.gz", "--to", "other.sqlite");
    expect(code).toBe(2);
    expect(stderr).toContain("--yes");
    expect((await readFile(at("other.sqlite"))).equals(before)).toBe(true);
  });

  test("a number of deletes that the plan does not have is refused, also where it deletes nothing", async () => {
    makeSample(at("other.sqlite"));
    runSql(at("other.sqlite"), "UPDATE posts SET author_id = 1");
    const before = sampleRows(at("other.sqlite"));
    const push = (...args: string[]) =>
      run("push", "--from", "app.sqlite", "--to", "other.sqlite", "--confirm-delete", ...args);
    const refused = await push("9", "--yes");
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain(
      "The plan deletes no rows, but --confirm-delete=9 confirms another number",
    );
    expect(sampleRows(at("other.sqlite"))).toEqual(before);
    expect((await push("0")).code).toBe(0);
    const undone = await run("undo", "--to", "other.sqlite", "--confirm-delete", "9");
    expect(undone.code).toBe(2);
    expect(sampleRows(at("other.sqlite"))).toEqual(sampleRows(at("app.sqlite")));
    const nothing = await push("9");
    expect(nothing.code, nothing.stderr).toBe(0);
    expect(nothing.stderr).toContain("Nothing to do");
  });

  describe("with rows that a mirror deletes", () => {
    beforeEach(() => {
      makeSample(at("other.sqlite"));
      runSql(
        at("other.sqlite"),
        "INSERT INTO posts (id, author_id) SELECT 900 + id, 1 FROM authors WHERE id <= 21",
      );
    });
    const mirror = (...args: string[]) =>
      run("import", "app.json.gz", "--to", "other.sqlite", "--mode", "mirror", ...args);
    const posts = () => (sampleRows(at("other.sqlite")) as { posts: unknown[] }).posts.length;

    test("--yes is not enough: the plan says 21 of 521 and the flag is named", async () => {
      const { code, stderr } = await mirror("--yes");
      expect(code).toBe(2);
      expect(stderr).toContain("21 of 521");
      expect(stderr).toContain("--confirm-delete=21");
      expect(posts()).toBe(521);
    });

    test("another number is refused", async () => {
      const { code } = await mirror("--confirm-delete=20");
      expect(code).toBe(2);
      expect(posts()).toBe(521);
    });

    test("the number itself confirms, also after a refusal", async () => {
      await mirror("--yes");
      const { code } = await mirror("--confirm-delete=21");
      expect(code).toBe(0);
      expect(sampleRows(at("other.sqlite"))).toEqual(sampleRows(at("app.sqlite")));
    });
  });

  describe("with a unique value that another row holds", () => {
    beforeEach(() => {
      makeSample(at("other.sqlite"), { empty: true });
      runSql(at("other.sqlite"), "INSERT INTO authors (id, name) VALUES (5000, 'author 7')");
    });

    test("fails with the row named, and changes no row", async () => {
      const { code, stderr } = await run("import", "app.json.gz", "--to", "other.sqlite", "--yes");
      expect(code).toBe(1);
      expect(stderr).toContain("UNIQUE_CONFLICT");
      expect(stderr).toMatch(/authors" \[7\].*\[5000\]/);
      expect((sampleRows(at("other.sqlite")) as { authors: unknown[] }).authors).toHaveLength(1);
    });

    test("--on-conflict skip finishes with code 3 and counts what was left out", async () => {
      runSql(at("app.sqlite"), "DELETE FROM posts WHERE author_id = 7");
      await run("export", "app.sqlite", "-o", "app.json.gz");
      const args = ["--yes", "--on-conflict", "skip", "--json"];
      const result = await run("import", "app.json.gz", "--to", "other.sqlite", ...args);
      expect(result.code).toBe(3);
      expect(jsonOf(result)).toMatchObject({
        success: true,
        skipped: 1,
        results: { authors: { skipped: 1 } },
      });
    });
  });

  test("a new file that a killed import left behind is filled by the same command", async () => {
    const kill = new AbortController();
    const killer = setInterval(() => {
      if (existsSync(at("other.sqlite"))) kill.abort();
    }, 1);
    await runCli(["import", "app.json.gz", "--to", "other.sqlite", "--yes"], { cwd, kill: kill.signal });
    clearInterval(killer);
    expect(existsSync(at("other.sqlite"))).toBe(true);
    const { code } = await run("import", "app.json.gz", "--to", "other.sqlite", "--yes");
    expect(code).toBe(0);
    expect(sampleRows(at("other.sqlite"))).toEqual(sampleRows(at("app.sqlite")));
  });

  test("a killed import with --atomic=never leaves no table half made: the same command makes its indexes, too", async () => {
    runSql(
      at("app.sqlite"),
      `CREATE INDEX posts_body ON posts (body);
       WITH RECURSIVE n (i) AS (SELECT 501 UNION ALL SELECT i + 1 FROM n WHERE i < ${ALL_CASES ? 100_000 : 40_000})
       INSERT INTO posts (id, author_id, body) SELECT i, 1, 'body ' || i FROM n`,
    );
    await run("export", "app.sqlite", "-o", "app.json.gz");
    const args = ["import", "app.json.gz", "--to", "other.sqlite", "--yes", "--atomic=never"];
    const kill = new AbortController();
    const killer = setInterval(() => {
      if (existsSync(at("other.sqlite")) && hasTable(at("other.sqlite"), "posts")) kill.abort();
    }, 1);
    await runCli(args, { cwd, kill: kill.signal });
    clearInterval(killer);
    expect((await run(...args)).code).toBe(0);
    expect(sampleRows(at("other.sqlite"))).toEqual(sampleRows(at("app.sqlite")));
    expect(schemaNames(at("other.sqlite"))).toContain("posts_body");
  });

  test.each([
    ["cut short", (bytes: Buffer) => bytes.subarray(0, bytes.length - 2000), /ARCHIVE_|DOCUMENT_/],
    [
      "with a flipped byte",
      (bytes: Buffer) => {
        const flipped = Buffer.from(bytes);
        flipped[Math.floor(bytes.length / 2)] = (flipped[Math.floor(bytes.length / 2)] ?? 0) ^ 0x55;
        return flipped;
      },
      /ARCHIVE_CORRUPT|DOCUMENT_INVALID/,
    ],
  ])("an archive %s is refused and makes no file", async (_name, spoil, message) => {
    await writeFile(at("bad.json.gz"), spoil(await readFile(at("app.json.gz"))));
    const { code, stderr } = await run("import", "bad.json.gz", "--to", "other.sqlite", "--yes");
    expect(stderr).toMatch(message);
    expect(code).toBe(1);
    await expect(stat(at("other.sqlite"))).rejects.toThrow();
  });

  test("a plain JSON document by hand goes in as well", async () => {
    makeSample(at("other.sqlite"), { empty: true });
    await writeFile(
      at("hand.json"),
      JSON.stringify({ version: 4, data: { authors: [{ id: 1, name: "Ada" }] } }),
    );
    const result = await run("import", "hand.json", "--to", "other.sqlite", "--yes", "--json");
    expect(jsonOf(result)).toMatchObject({ version: 4, results: { authors: { inserted: 1 } } });
  });
});

test("push takes one SQLite file into another and leaves no work files behind", async () => {
  makeSample(at("other.sqlite"), { empty: true });
  const { code } = await run("push", "--from", "app.sqlite", "--to", "other.sqlite", "--yes");
  expect(code).toBe(0);
  expect(sampleRows(at("other.sqlite"))).toEqual(sampleRows(at("app.sqlite")));
  const database = new DatabaseSync(at("other.sqlite"), { readOnly: true });
  expect(database.prepare("SELECT count(*) AS n FROM sessions").get()).toEqual({ n: 0 });
  database.close();
  expect(await leftIn(at(".d1-ferry"))).toEqual([]);
});
