import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { gzipSync } from "node:zlib";
import { beforeAll, describe, expect, test } from "vitest";
import { fileSource } from "../../../src/cli/places/file-source.ts";
import { parsePlace } from "../../../src/cli/places/parse-place.ts";
import { parseTarget } from "../../../src/cli/places/parse-target.ts";
import { placeHost, placeName } from "../../../src/cli/places/place.ts";

let cwd: string;

beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), "ferry-places-"));
  const database = new DatabaseSync(join(cwd, "app.sqlite"));
  database.exec("CREATE TABLE t (id INTEGER PRIMARY KEY)");
  database.close();
  await writeFile(join(cwd, "empty"), "");
  await writeFile(join(cwd, "export.json.gz"), gzipSync("{}"));
  await writeFile(join(cwd, "export.json"), '\ufeff\n {"data":{}}');
  await writeFile(join(cwd, "photo.png"), "\x89PNG");
  await mkdir(join(cwd, "folder"));
});

describe("a place", () => {
  test.each([
    ["app.sqlite", "sqlite"],
    ["empty", "sqlite"],
    ["export.json.gz", "archive"],
    ["export.json", "archive"],
  ])("%s is known by its first bytes, not by its name", async (name, kind) => {
    expect(await parsePlace(name, cwd)).toEqual({ kind, path: join(cwd, name) });
  });

  test.each(["missing.sqlite", "photo.png", "folder", "ftp://example.com/x", "https://"])(
    "%s is refused",
    async (name) => {
      await expect(parsePlace(name, cwd)).rejects.toThrow(
        /no such file|neither|not a file|not a place|not an address/,
      );
    },
  );

  test.each([
    "127.0.0.1:8790",
    "localhost",
    "my_app:80",
    "localhost:4321/app",
    "my-app.example.com",
    "[::1]:8790",
  ])("%s lacks its scheme, as a source and as a target, and no file is made of it", async (text) => {
    for (const parse of [parsePlace, parseTarget]) {
      await expect(parse(text, cwd)).rejects.toMatchObject({
        name: "UsageError",
        message: `${text}: no such file`,
        hint: expect.stringMatching(/^If you mean the app, write https?:\/\//),
      });
    }
  });

  test("without a scheme a local address gets http, another with https, and how to name a file", async () => {
    await expect(parseTarget("127.0.0.1:8790", cwd)).rejects.toMatchObject({
      hint: expect.stringContaining("write http://127.0.0.1:8790; a new SQLite file needs a name ending in"),
    });
    await expect(parseTarget("my-app.example.com/base", cwd)).rejects.toMatchObject({
      hint: "If you mean the app, write https://my-app.example.com/base (or http:// for a local one); a new SQLite file needs a name ending in .sqlite, .sqlite3, .db or .db3, or a path (./name)",
    });
  });

  test.each([
    "new.sqlite",
    "New.SQLITE3",
    "my.app.db",
    "copy",
    "./my-app.example.com",
    "folder/new.file",
    "backup.20261124",
    "it is.mine",
  ])("%s names a new SQLite file", async (text) => {
    expect(await parseTarget(text, cwd)).toEqual({ kind: "sqlite", path: resolve(cwd, text) });
  });

  test("a directory with dots in its name is one, and a file that is there is itself", async () => {
    await mkdir(join(cwd, "data.example"));
    await writeFile(join(cwd, "there.example.com"), "");
    expect(await parseTarget("data.example/new", cwd)).toMatchObject({ kind: "sqlite" });
    expect(await parseTarget("there.example.com", cwd)).toMatchObject({ kind: "sqlite" });
  });

  test.each([
    "one.sqlite,two.sqlite",
    "one.db; two.db three.db",
    "https://a.example,https://b.example",
    "http://127.0.0.1:1, 127.0.0.1:2",
    "https://a.example,one.sqlite",
    "my-app.example.com,other-app.example.com",
  ])("%s is a list, which no command takes, and no file is made of it", async (text) => {
    await expect(parseTarget(text, cwd)).rejects.toMatchObject({
      name: "UsageError",
      message: expect.stringMatching(/: these are [23] places, and a command takes one$/),
      hint: expect.stringMatching(/^Run it once for each/),
    });
  });

  test.each(["a, b.sqlite", "one,two", "of ada,grace.sqlite"])("%s is a file's name", async (text) => {
    expect(await parseTarget(text, cwd)).toEqual({ kind: "sqlite", path: resolve(cwd, text) });
  });

  test("an address may have a comma in its path, and a list shows no password", async () => {
    const url = new URL("https://a.example/t/x,y");
    expect(await parseTarget(url.href, cwd)).toEqual({ kind: "app", url });
    const list = parseTarget("https://me:secret,https://b@c.example", cwd);
    await expect(list).rejects.toThrow(expect.not.stringContaining("secret"));
  });

  test("a missing archive is no app", async () => {
    await expect(parsePlace("app.json.gz", cwd)).rejects.toThrow("app.json.gz: no such file");
  });

  test("an address keeps its base path and loses its query", async () => {
    const place = await parsePlace("https://pulse.example.com/app/?x=1#y", cwd);
    expect(placeName(place)).toBe("https://pulse.example.com/app");
    expect(placeHost(place)).toBe("pulse.example.com");
  });

  test("an address with a password in it is refused without repeating the password", async () => {
    const refused = parsePlace("https://me:hunter2@pulse.example.com", cwd);
    const error = await refused.catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ message: expect.stringMatching(/password/) });
    expect(`${(error as Error).stack} ${JSON.stringify(error)}`).not.toContain("hunter2");
  });
});

describe("a file's bytes", () => {
  test("are read by range and streamed from an offset", async () => {
    const path = join(cwd, "bytes");
    await writeFile(path, "0123456789");
    const source = await fileSource(path);
    expect(source.size).toBe(10);
    expect(new TextDecoder().decode(await source.read(3, 4))).toBe("3456");
    expect(await new Response(await source.stream(7)).text()).toBe("789");
  });

  test("a range beyond the end is a truncated archive, with the byte", async () => {
    const path = join(cwd, "short");
    await writeFile(path, "0123");
    const source = await fileSource(path);
    await expect(source.read(2, 5)).rejects.toMatchObject({
      code: "ARCHIVE_TRUNCATED",
      details: { byte: 4 },
    });
  });
});
