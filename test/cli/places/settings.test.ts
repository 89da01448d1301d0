import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { UsageError } from "../../../src/cli/exit.ts";
import { credentialsFor } from "../../../src/cli/places/credentials.ts";
import { readSettings } from "../../../src/cli/places/settings.ts";
import { createClient } from "../../../src/client/client.ts";
import { runCli } from "../../support/cli.ts";

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

  test("the plain cookie and the token go to the app that was named", () => {
    const named = { ...settings, token: "t", cookie: "pulse_session=any" };
    expect(credentialsFor(new URL("https://elsewhere.example"), named)).toEqual({
      token: "t",
      cookie: "pulse_session=any",
    });
  });
});

describe("a secret that no request can carry", () => {
  const app = new URL("https://app.example");
  const none = {
    localApi: undefined,
    prodApi: undefined,
    token: undefined,
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
      { FERRY_TOKEN: `${secret}\nrest-of-it` },
      { FERRY_COOKIE: `${secret}\u2019` },
      { PROD_API: `https://me:${secret}@exa mple.com` },
      { PROD_API: `ftp://me:${secret}@example.com` },
    ] as Record<string, string>[]) {
      const url = "PROD_API" in env ? [] : ["--url", "http://127.0.0.1:9"];
      const { code, stdout, stderr } = await runCli(["list", ...url, "--json"], { cwd, env });
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
