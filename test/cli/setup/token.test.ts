import { execFileSync } from "node:child_process";
import { stat, symlink } from "node:fs/promises";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { describe, expect, test } from "vitest";
import { astro, PLAIN } from "./fixtures.ts";
import { init, initApp, makeApp } from "./support.ts";

const TOKEN = `ferry_${"1".repeat(64)}`;

describe("the token", () => {
  test("without git goes beside a .gitignore, which is said", async () => {
    const { json, after } = await initApp(astro(PLAIN), { git: false });
    expect(after[".gitignore"]).toBe(".dev.vars\n.env\n");
    expect(json.notes).toEqual([expect.stringContaining("no git repository")]);
  });

  test("without git needs no line where .gitignore has one, whatever its line endings", async () => {
    const { after } = await initApp(astro(PLAIN, { ".gitignore": "/.env*\r\nnode_modules" }), { git: false });
    expect(after[".gitignore"]).toBe("/.env*\r\nnode_modules\r\n.dev.vars\r\n");
  });

  test("that is there stays, and is what the other file gets", async () => {
    const { after } = await initApp(astro(PLAIN, { ".dev.vars": `OTHER=1\nFERRY_TOKEN="${TOKEN}"` }));
    expect(after[".dev.vars"]).toBe(`OTHER=1\nFERRY_TOKEN="${TOKEN}"`);
    expect(after[".env"]).toContain(`FERRY_TOKEN=${TOKEN}\n`);
  });

  test.each([
    "with # and 'quotes', long enough for an app",
    "with \"both\" kinds of 'quotes' in it, and # too",
  ])("such as %j is copied so that it is read as it is", async (token) => {
    const quote = token.includes('"') ? "`" : '"';
    const { after } = await initApp(astro(PLAIN, { ".dev.vars": `FERRY_TOKEN=${quote}${token}${quote}\n` }));
    expect(parseEnv(after[".env"] ?? "").FERRY_TOKEN).toBe(token);
  });

  test("of several lines is copied nowhere", async () => {
    const { run, after } = await init(
      await makeApp(astro(PLAIN, { ".dev.vars": `FERRY_TOKEN='first-line-of-it\nsecond-line-of-it'\n` })),
    );
    expect(after[".env"]).not.toContain("FERRY_TOKEN");
    expect(run.stderr + run.stdout.toString()).not.toContain("line-of-it");
  });

  test("and the address that are there for the command stay", async () => {
    const env = `PROD_API=https://pulse.example.com\nLOCAL_API=http://localhost:9999\nFERRY_TOKEN=${TOKEN}\n`;
    const { after } = await initApp(astro(PLAIN, { ".env": env }));
    expect([after[".env"], after[".dev.vars"]]).toEqual([env, `FERRY_TOKEN=${TOKEN}\n`]);
  });

  test("goes into .env alone where the app's own secrets are there: a .dev.vars would hide them", async () => {
    const { after } = await initApp(astro(PLAIN, { ".env": "STRIPE_KEY=secret-of-the-app" }));
    expect(after[".dev.vars"]).toBeUndefined();
    expect(after[".env"]).toMatch(/^STRIPE_KEY=secret-of-the-app\nLOCAL_API=/);
  });

  test("of another's secrets none is shown", async () => {
    const files = astro(PLAIN, {
      ".env": "STRIPE_KEY=secret-of-the-app",
      ".dev.vars": "A='secret\nof-the-app'",
    });
    const { run } = await init(await makeApp(files));
    expect(run.stderr + run.stdout.toString()).not.toMatch(/secret-of|of-the-app/);
    expect(run.stderr).toContain("+FERRY_TOKEN=… (not shown)");
  });

  test("goes into no file that git keeps", async () => {
    const directory = await makeApp(astro(PLAIN, { ".env": "PUBLIC_NAME=app\n" }));
    execFileSync("git", ["add", "--force", ".env"], { cwd: directory });
    const { json, after } = await init(directory);
    expect(after[".env"]).toBe("PUBLIC_NAME=app\n");
    expect(json.notes).toEqual([expect.stringContaining("git rm --cached .env")]);
  });

  test.skipIf(process.platform === "win32")(
    "is not written where git does not go by .gitignore",
    async () => {
      const directory = await makeApp(astro(PLAIN, { "ignored-by-all": "node_modules\n" }));
      // Git does not follow it.
      await symlink("ignored-by-all", join(directory, ".gitignore"));
      const { run, json, after } = await init(directory);
      expect([run.code, json.error]).toEqual([2, expect.stringContaining("git does not ignore .dev.vars")]);
      expect([after[".dev.vars"], after[".env"]]).toEqual([undefined, undefined]);
    },
  );

  test("that is too short, or not the same on both sides, is told", async () => {
    const files = astro(PLAIN, { ".dev.vars": "FERRY_TOKEN=short\n", ".env": `LOCAL_TOKEN=${TOKEN}\n` });
    const { json } = await init(await makeApp(files));
    expect(json.notes).toEqual([
      expect.stringMatching(/\.dev\.vars has fewer than 32/),
      expect.stringContaining("different tokens"),
    ]);
  });

  test.skipIf(process.platform === "win32")(
    "is its owner's alone in a new file, and a file's mode stays",
    async () => {
      const directory = await makeApp(astro(PLAIN, { ".env": "" }));
      const before = (await stat(join(directory, ".env"))).mode;
      await init(directory);
      expect((await stat(join(directory, ".dev.vars"))).mode & 0o777).toBe(0o600);
      expect((await stat(join(directory, ".env"))).mode).toBe(before);
    },
  );
});
