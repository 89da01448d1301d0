import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { UsageError } from "../../../src/cli/exit.ts";
import { credentialsFor, requireOneOther } from "../../../src/cli/places/credentials.ts";
import { readSettings } from "../../../src/cli/places/settings.ts";
import { createClient } from "../../../src/client/client.ts";
import { runCli } from "../../support/cli.ts";
import { sendJson, startHostileServer } from "../../support/hostile-server.ts";

async function directoryWith(env?: string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "ferry-settings-"));
  if (env !== undefined) await writeFile(join(directory, ".env"), env);
  return directory;
}

describe("settings", () => {
  test("come from .env in the working directory", async () => {
    const cwd = await directoryWith(
      'LOCAL_API=http://localhost:4321\nPROD_API="https://pulse.example.com/app"\nFERRY_TOKEN=secret # note\n',
    );
    const settings = await readSettings({}, cwd);
    expect(settings).toMatchObject({
      localApi: "http://localhost:4321",
      prodApi: "https://pulse.example.com/app",
      token: "secret",
    });
  });

  test("the environment wins over .env, and a cookie flag over both", async () => {
    const cwd = await directoryWith("PROD_API=https://one.example\nPROD_COOKIE=file\nLOCAL_COOKIE=file\n");
    const env = { PROD_API: "https://two.example", PROD_COOKIE: "env", LOCAL_COOKIE: "env" };
    const settings = await readSettings(env, cwd, { prodCookie: "flag" });
    expect(settings.prodApi).toBe("https://two.example");
    expect(settings.prodCookie).toBe("flag");
    expect(settings.localCookie).toBe("env");
  });

  test("an empty value counts as not set", async () => {
    const cwd = await directoryWith("FERRY_TOKEN=\nPROD_API=https://one.example\n");
    const settings = await readSettings({ PROD_API: " " }, cwd);
    expect(settings.token).toBeUndefined();
    expect(settings.prodApi).toBe("https://one.example");
  });

  test("no .env is fine, an address that is none is refused by name", async () => {
    const cwd = await directoryWith();
    expect((await readSettings({}, cwd)).prodApi).toBeUndefined();
    await expect(readSettings({ PROD_API: "pulse.example.com" }, cwd)).rejects.toThrow(UsageError);
    await expect(readSettings({ PROD_API: "pulse.example.com" }, cwd)).rejects.toThrow(/PROD_API/);
  });
});

describe("credentials", () => {
  const settings = {
    localApi: "http://localhost:4321",
    prodApi: "https://pulse.example.com/app",
    token: undefined,
    localToken: undefined,
    prodToken: undefined,
    cookie: undefined,
    localCookie: "pulse_session=local",
    prodCookie: "pulse_session=prod",
  };

  test("the production cookie goes to production and the local one to the local app", () => {
    expect(credentialsFor(new URL("https://pulse.example.com/app/"), settings)).toEqual({
      cookie: "pulse_session=prod",
    });
    expect(credentialsFor(new URL("http://localhost:4321"), settings)).toEqual({
      cookie: "pulse_session=local",
    });
  });

  test("neither goes to another app, nor to another port of the same host", () => {
    expect(credentialsFor(new URL("https://elsewhere.example"), settings)).toEqual({});
    expect(credentialsFor(new URL("http://localhost:9999"), settings)).toEqual({});
    expect(credentialsFor(new URL("http://pulse.example.com/app"), settings)).toEqual({});
  });

  const prod = new URL("https://pulse.example.com/app/");
  const local = new URL("http://localhost:4321");
  const strangers = [
    "https://elsewhere.example",
    "https://pulse.example.com/app2",
    "https://pulse.example.com",
    "https://pulse.example.com:8443/app",
    "http://pulse.example.com/app",
    "https://pulse.example.com.evil.example/app",
    "http://localhost:9999",
    "http://127.0.0.1:4321",
  ].map((address) => new URL(address));

  test("each token goes to its own address, and FERRY_TOKEN to both where they have none", () => {
    const own = { ...settings, token: "t", localToken: "l", prodToken: "p" };
    expect(credentialsFor(prod, own).token).toBe("p");
    expect(credentialsFor(local, own).token).toBe("l");
    const plain = { ...settings, token: "t" };
    expect(credentialsFor(prod, plain).token).toBe("t");
    expect(credentialsFor(local, plain).token).toBe("t");
    expect(credentialsFor(local, { ...settings, prodToken: "p" }).token).toBeUndefined();
  });

  test("nothing that stands in the environment goes to any other address", () => {
    const full = { ...settings, token: "t", localToken: "l", prodToken: "p", cookie: "c" };
    for (const stranger of strangers) expect(credentialsFor(stranger, full)).toEqual({});
  });

  test("another address gets what the command line names for it", async () => {
    const cwd = await directoryWith("LOCAL_API=http://localhost:4321\nSTAGING=s\n");
    const named = await readSettings({ SESSION: "x=1" }, cwd, { tokenEnv: "STAGING", cookieEnv: "SESSION" });
    expect(credentialsFor(new URL("https://staging.example"), named)).toEqual({ token: "s", cookie: "x=1" });
    expect(credentialsFor(local, named).token).toBeUndefined();
    const flag = await readSettings({}, cwd, { cookie: "y=2" });
    expect(credentialsFor(new URL("https://staging.example"), flag)).toEqual({ cookie: "y=2" });
  });

  test("a token is named for one address, not for two, and not for none", async () => {
    const cwd = await directoryWith("PROD_API=https://pulse.example.com/app\nSTAGING=s\n");
    const named = await readSettings({}, cwd, { tokenEnv: "STAGING" });
    const [one, two] = [new URL("https://one.example"), new URL("https://two.example")];
    expect(() => requireOneOther([prod, one], named)).not.toThrow();
    expect(() => requireOneOther([one, two], named)).toThrow(/two/);
    expect(() => requireOneOther([prod], named)).toThrow(/none/);
    expect(() => requireOneOther([], named)).toThrow(UsageError);
  });

  test("a token that is given in place of its variable's name is not shown", async () => {
    const cwd = await directoryWith();
    const pasted = "ferry_0123456789abcdef0123456789abcdef";
    const { code, stdout, stderr } = await runCli(
      ["list", "--url", "http://127.0.0.1:9", "--token-env", pasted, "--json"],
      { cwd },
    );
    expect(code).toBe(2);
    expect(stderr).toContain("takes the name of a variable");
    expect(stdout + stderr).not.toContain(pasted);
  });
});

describe("a redirect to another origin", () => {
  test("takes no credential and no row with it", async () => {
    const thief = await startHostileServer((_request, response) => sendJson(response, {}));
    const app = await startHostileServer((_request, response) => {
      response.writeHead(307, { location: `${thief.url}/api/admin/r2-sync` });
      response.end();
    });
    const cwd = await directoryWith(`PROD_API=${app.url}\nPROD_TOKEN=${"s".repeat(40)}\n`);
    await writeFile(join(cwd, "rows.json"), '{"version":1,"data":{"t":[{"id":1}]}}');
    try {
      for (const args of [["list"], ["import", "rows.json", "--to", app.url, "--yes"]]) {
        const { code, stderr } = await runCli(args, { cwd });
        expect(code).toBe(1);
        expect(stderr).toContain(`redirects to ${thief.url}`);
      }
      expect(app.requests).toBeGreaterThan(1);
      expect(thief.requests).toBe(0);
    } finally {
      await app.close();
      await thief.close();
    }
  });
});

describe("a secret that no request can carry", () => {
  const app = new URL("https://app.example");
  const none = {
    localApi: undefined,
    prodApi: app.href,
    token: undefined,
    localToken: undefined,
    prodToken: undefined,
    cookie: undefined,
    localCookie: undefined,
    prodCookie: undefined,
  };
  const secret = "first-half-of-it";

  test.each([
    ["FERRY_TOKEN", "a line break", { token: `${secret}\nrest-of-it` }],
    ["FERRY_TOKEN", "a line break", { token: `${secret}\r\nx-admin: 1` }],
    ["FERRY_TOKEN", "a character", { token: `${secret}\u2019` }],
    ["FERRY_COOKIE", "a character", { cookie: `${secret}\0` }],
  ])("%s with %s in it is refused, and not shown", (name, problem, settings) => {
    let message = "";
    try {
      credentialsFor(app, { ...none, ...settings });
    } catch (error) {
      message = error instanceof UsageError ? `${error.message} ${error.hint}` : String(error);
    }
    expect(message).toContain(name);
    expect(message).toContain(problem);
    expect(message).not.toContain(secret);
  });

  test("is in no output of the command", async () => {
    const cwd = await directoryWith();
    for (const env of [
      { PROD_API: "http://127.0.0.1:9", FERRY_TOKEN: `${secret}\nrest-of-it` },
      { PROD_API: "http://127.0.0.1:9", PROD_TOKEN: `${secret}\nrest-of-it` },
      { PROD_API: "http://127.0.0.1:9", FERRY_COOKIE: `${secret}\u2019` },
      { PROD_API: `https://me:${secret}@exa mple.com` },
      { PROD_API: `ftp://me:${secret}@example.com` },
    ] as Record<string, string>[]) {
      const { code, stdout, stderr } = await runCli(["list", "--json"], { cwd, env });
      expect(code).toBe(2);
      expect(stdout + stderr).not.toContain(secret);
      expect(stdout + stderr).not.toContain("rest-of-it");
    }
    for (const address of [`https://me:${secret}@exa mple.com`, `ftp://me:${secret}@example.com`]) {
      const { stderr } = await runCli(["list", "--url", address], { cwd });
      expect(stderr).toContain("address");
      expect(stderr).not.toContain(secret);
    }
  });

  test("is refused by the client as well", () => {
    for (const credential of [{ token: `${secret}\nx` }, { cookie: `${secret}\u2019` }]) {
      let caught: unknown;
      try {
        createClient({ baseUrl: app.href, ...credential });
      } catch (error) {
        caught = error;
      }
      expect(caught).toMatchObject({ code: "INVALID_REQUEST" });
      expect(String(caught)).not.toContain(secret);
    }
  });
});
