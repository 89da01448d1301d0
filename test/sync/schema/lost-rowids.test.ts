import { describe, expect, test } from "vitest";
import { readSchema } from "../../../src/database/schema.ts";
import { chooseTables } from "../../../src/sync/schema/choose-tables.ts";
import { memoryDatabase } from "../../support/node-engine.ts";

const notesOf = async (sql: string) => chooseTables(await readSchema(memoryDatabase(sql))).notes;

describe("Rowids that are not carried", () => {
  test.each([
    ["own text", "CREATE VIRTUAL TABLE search USING fts5(body)"],
    ["no text", "CREATE VIRTUAL TABLE search USING fts5(body, content='')"],
  ])("are told of where a full-text table of %s may name rows by them", async (_, search) => {
    const [note, ...more] = await notesOf(
      `CREATE TABLE notes (slug TEXT PRIMARY KEY, body TEXT); ${search};`,
    );
    expect(note).toContain("the rowids of notes are not carried");
    expect(note).toContain("search");
    expect(more).toEqual([]);
  });

  test("are not told of where the full-text table stays behind", async () => {
    const schema = await readSchema(
      memoryDatabase(
        "CREATE TABLE notes (slug TEXT PRIMARY KEY, b TEXT); CREATE VIRTUAL TABLE s USING fts5(b)",
      ),
    );
    expect(chooseTables(schema, { exclude: ["s"] }).notes).toEqual([]);
    expect(chooseTables(schema, { tables: ["notes"] }).notes).toEqual([]);
    expect(chooseTables(schema, { tables: ["notes", "s"] }).notes).toHaveLength(1);
  });

  test.each([
    [
      "the rowid is the key",
      "CREATE TABLE notes (id INTEGER PRIMARY KEY, body TEXT); CREATE VIRTUAL TABLE s USING fts5(body)",
    ],
    ["there is no key", "CREATE TABLE notes (body TEXT); CREATE VIRTUAL TABLE s USING fts5(body)"],
    [
      "there is no rowid",
      "CREATE TABLE notes (k TEXT PRIMARY KEY) WITHOUT ROWID; CREATE VIRTUAL TABLE s USING fts5(b)",
    ],
    [
      "the index is made again",
      "CREATE TABLE notes (k TEXT PRIMARY KEY, b TEXT); CREATE VIRTUAL TABLE s USING fts5(b, content='notes')",
    ],
    ["nothing is searched", "CREATE TABLE notes (k TEXT PRIMARY KEY, b TEXT)"],
  ])("are not told of where %s", async (_, sql) => {
    expect(await notesOf(sql)).toEqual([]);
  });
});
