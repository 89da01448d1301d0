import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { UsageError } from "../../../src/cli/exit.ts";
import { credentialsFor } from "../../../src/cli/places/credentials.ts";
import { readSettings } from "../../../src/cli/places/settings.ts";

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
