import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { gzipSync } from "node:zlib";
import { beforeEach, expect, test } from "vitest";
import { runCli, workDirectory } from "../support/cli.ts";
import { runSql } from "../support/sample.ts";

let cwd: string;
const at = (name: string) => join(cwd, name);
const rows = Array.from({ length: 4 }, (_, i) => ({
  id: i + 1,
  authorName: `Ædä ${i}`,
  isDraft: i % 2 === 0,
  tags: ["a", { b: null }],
}));
const document = { data: { blogPosts: rows } };
const pretty = JSON.stringify(document, null, 2);

beforeEach(async () => {
  cwd = await workDirectory();
  runSql(
    at("t.sqlite"),
    "CREATE TABLE blog_posts (id INTEGER PRIMARY KEY, author_name TEXT NOT NULL, is_draft INTEGER, tags TEXT)",
  );
});

async function importing(content: string | Buffer) {
  await writeFile(at("d.json"), content);
  return runCli(["import", "d.json", "--to", "t.sqlite", "--yes"], { cwd });
}

function stored(): unknown[] {
  const database = new DatabaseSync(at("t.sqlite"));
  const found = database
    .prepare("SELECT id, author_name AS name, is_draft AS draft, tags FROM blog_posts ORDER BY id")
    .all();
  database.close();
  return found.map((row) => ({ ...row }));
}

test.each([
  ["minified", JSON.stringify(document)],
  ["pretty-printed", pretty],
  ["with CRLF", pretty.replaceAll("\n", "\r\n")],
  ["with a byte order mark", `\ufeff${pretty}`],
])("a document by an ORM is taken: %s", async (_, content) => {
  expect((await importing(content)).code).toBe(0);
  expect(stored()).toEqual(
    rows.map(({ id, authorName, isDraft, tags }) => ({
      id,
      name: authorName,
      draft: Number(isDraft),
      tags: JSON.stringify(tags),
    })),
  );
});

test.each([
  ["UTF-16", Buffer.from(`\ufeff${pretty}`, "utf16le"), "iconv -f UTF-16 -t UTF-8 d.json"],
  ["big-endian UTF-16", Buffer.from(`\ufeff${pretty}`, "utf16le").swap16(), "is in UTF-16"],
  ["UTF-16 without a mark", Buffer.from(pretty, "utf16le"), "is in UTF-16"],
  ["a bare list", JSON.stringify(rows), "is a list, which does not name its table"],
])("%s is refused with what to type", async (_, content, words) => {
  const { code, stderr } = await importing(content);
  expect(code).toBe(2);
  expect(stderr).toContain(words);
});

test("a compressed file with nothing in it is called empty, and nothing changes", async () => {
  const { code, stderr } = await importing(gzipSync(""));
  expect(code).toBe(1);
  expect(stderr).toContain("The document is empty");
  expect(stored()).toEqual([]);
});

test.each([
  ["that is not JSON", (text: string) => text.replace('"id":3', '"id":3x')],
  ["without a column that it needs", (text: string) => text.replace('"authorName":"Ædä 2",', "")],
  [
    "with a column that is not there",
    (text: string) => text.replace('"tags":["a",{"b":null}]},{"id":4', '"nick":1},{"id":4'),
  ],
  ["that is no object", (text: string) => text.replace(/\{"id":3.*?\]\}/, "7")],
])("a row %s is named, with its byte, and nothing changes", async (_, spoil) => {
  const text = spoil(JSON.stringify(document));
  const { code, stderr } = await importing(text);
  expect(code).toBe(1);
  const two = rows.slice(0, 2).map((row) => JSON.stringify(row));
  const third = Buffer.byteLength(`{"data":{"blogPosts":[${two.join(",")},`);
  expect(stderr).toMatch(/[Rr]ow 3 of "blogPosts"/);
  expect(stderr).toContain(`byte ${third})`);
  expect(stored()).toEqual([]);
});
