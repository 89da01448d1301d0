import { describe, expect, test } from "vitest";
import { bytesSource } from "../../src/archive/source.ts";
import type { FrameEntry } from "../../src/archive/types.ts";
import { documentSource } from "../support/bytes.ts";
import { archiveOf, drive, newRunKey } from "../support/engine.ts";
import { memoryDatabase } from "../support/node-engine.ts";
import { assemble, makeSubject } from "./subject.ts";

/** What fuzzing once found stays. */
describe("What an altered archive once did", () => {
  test("a table of no rows over one with rows: committed, and then a syntax error for a verification", async () => {
    const source = memoryDatabase(
      "CREATE TABLE empty (id INTEGER PRIMARY KEY, v); CREATE TABLE t (id INTEGER PRIMARY KEY)",
    );
    const target = memoryDatabase(
      "CREATE TABLE empty (id INTEGER PRIMARY KEY, v); CREATE TABLE t (id INTEGER PRIMARY KEY); INSERT INTO empty VALUES (1, 'stays')",
    );
    const report = await drive(target, await archiveOf(source), newRunKey());
    expect(report).toMatchObject({ status: "completed", verified: true });
    expect(await target.query({ sql: "SELECT v FROM empty" })).toEqual([["stays"]]);
  });

  test("a malformed tag in a document by others is text like any other object", async () => {
    const target = memoryDatabase("CREATE TABLE t (id INTEGER PRIMARY KEY, v)");
    await drive(target, documentSource({ data: { t: [{ id: 1, v: { $real: "x" } }] } }), newRunKey());
    expect(await target.query({ sql: "SELECT v FROM t" })).toEqual([['{"$real":"x"}']]);
  });

  test("a row of nothing was a syntax error", async () => {
    const target = memoryDatabase("CREATE TABLE keyless (v); INSERT INTO keyless VALUES ('stays')");
    const error = await drive(target, documentSource({ data: { keyless: [{}] } }), newRunKey()).catch(
      (thrown) => thrown,
    );
    expect(error).toMatchObject({ code: "MISSING_COLUMN" });
    expect(await target.query({ sql: "SELECT v FROM keyless" })).toEqual([["stays"]]);
  });

  test("a key of a column that there is not: committed, and then a missing column for a verification", async () => {
    const { header, frames } = await makeSubject();
    const [table] = header.schema as { key: { columns: string[] } }[];
    table!.key.columns = ["keyless"];
    const target = memoryDatabase("CREATE TABLE mine (id INTEGER PRIMARY KEY)");
    const document = bytesSource(await assemble({ header, frames }));
    const error = await drive(target, document, newRunKey(), { create: "all" }).catch((thrown) => thrown);
    expect(error).toMatchObject({ code: "ARCHIVE_CORRUPT" });
    const tables = target.query({ sql: "SELECT count(*) FROM sqlite_schema WHERE name = 'authors'" });
    expect(await tables).toEqual([[0]]);
  });

  test("a row without a rowid was given the one of a row behind it, which then replaced it", async () => {
    const target = memoryDatabase(
      "CREATE TABLE keyless (v); INSERT INTO keyless (rowid, v) VALUES (4, 'four')",
    );
    const rows = [{ v: "added" }, { rowid: 4, v: "four" }, { rowid: 5, v: "five" }];
    await drive(target, documentSource({ data: { keyless: rows } }), newRunKey());
    expect(await target.query({ sql: "SELECT rowid, v FROM keyless ORDER BY rowid" })).toEqual([
      [4, "four"],
      [5, "five"],
      [6, "added"],
    ]);
  });

  test.each([
    ["archive", "ARCHIVE_CORRUPT"],
    ["document", undefined],
  ])(
    "frames of an %s bounded by a cell too many: committed, and then a misused row value",
    async (kind, code) => {
      const { header, frames, json } = await makeSubject();
      const document = JSON.parse(json) as { frames: FrameEntry[] };
      for (const entries of [frames.map(({ entry }) => entry), document.frames]) {
        const [first, second] = entries.filter(({ table }) => table === "pairs");
        expect(first!.through).toEqual(second!.after);
        first!.through!.push(1);
        second!.after = first!.through;
      }
      const source =
        kind === "archive" ? bytesSource(await assemble({ header, frames })) : documentSource(document);
      const target = memoryDatabase("CREATE TABLE pairs (a TEXT, b INTEGER, v NUMERIC, PRIMARY KEY (a, b))");
      const outcome = await drive(target, source, newRunKey(), { tables: ["pairs"] }).catch((error) => error);
      if (code !== undefined) expect(outcome).toMatchObject({ code });
      else expect(outcome).toMatchObject({ status: "completed", verified: true });
      const [count] = await target.query({ sql: "SELECT count(*) FROM pairs" });
      expect(count).toEqual([code === undefined ? 3 : 0]);
    },
  );
});
