import { describe, expect, test } from "vitest";
import type { Answer, ComparedPlace, Question, WholeTable } from "../../src/diff/index.ts";
import { databasePlace, newSalt, readUnlessSame } from "../../src/diff/index.ts";
import { memoryDatabase } from "../support/node-engine.ts";

const COLUMNS = { table: "log", key: ["rowid"], columns: ["rowid", "line", "n"] };

const placeOf = (rows: string) =>
  databasePlace(memoryDatabase(`CREATE TABLE log (line, n REAL); ${rows}`), { leafBytes: 800 });

const many = (word: string) => {
  const rows = Array.from({ length: 300 }, (_, i) => `('${i === 217 ? word : "same"}', ${i}.5)`).join();
  return `INSERT INTO log VALUES ${rows}`;
};

const read = (left: ComparedPlace, right: ComparedPlace, onBytes: (bytes: number) => void = () => {}) =>
  readUnlessSame(COLUMNS, { left, right, salt: newSalt(), leafBytes: 800, onBytes });

const linesOf = ({ frames }: WholeTable) =>
  frames.flatMap(({ text }) => JSON.parse(`[${text}]`) as Record<string, unknown>[]);

describe("A table without a key", () => {
  test("is not read where both have the same rows under the same rowids", async () => {
    const asked: string[] = [];
    const left = placeOf(many("x"));
    const watched: ComparedPlace = {
      ...left,
      ask(questions, salt) {
        asked.push(...questions.map(({ ask }) => ask));
        return left.ask(questions, salt);
      },
    };
    expect(await read(watched, placeOf(many("x")))).toBeNull();
    expect(new Set(asked)).toEqual(new Set(["cut", "hash"]));
  });

  test("is read whole where one row is another, in frames from its first rowid to its last", async () => {
    const bytes: number[] = [];
    const found = (await read(placeOf(many("x")), placeOf(many("y")), (one) =>
      bytes.push(one),
    )) as WholeTable;
    expect(found.rows).toBe(300);
    expect(linesOf(found)[217]).toEqual({ rowid: 218, line: "x", n: 217.5 });
    expect(found.frames.length).toBeGreaterThan(5);
    expect([found.frames[0]?.after, found.frames.at(-1)?.through]).toEqual([null, null]);
    for (const [i, { after }] of found.frames.slice(1).entries())
      expect(after).toEqual(found.frames[i]?.through);
    expect(bytes).toEqual(found.frames.map(({ text }) => text.length));
    expect(found.schema.name).toBe("log");
  });

  test.each([
    ["there are more", "", many("x")],
    ["there are none", many("x"), ""],
    ["they have other rowids", many("x"), `${many("x")}; UPDATE log SET rowid = -rowid`],
  ])("is read whole where %s", async (_, here, there) => {
    const found = (await read(placeOf(here), placeOf(there))) as WholeTable;
    expect(linesOf(found)).toHaveLength(here === "" ? 0 : 300);
  });

  const lying = (ask: Question["ask"], answer: (told: never) => unknown): ComparedPlace => {
    const place = placeOf(many("x"));
    return {
      ...place,
      async ask(questions, salt) {
        const told = await place.ask(questions, salt);
        return told.map((one, i) => (questions[i]?.ask === ask ? (answer(one as never) as Answer) : one));
      },
    };
  };
  const rows = (lines: string[]) => lying("rows", () => ({ ranges: [{ lines, rest: "" }] }));

  test.each([
    ["leaves that never end", lying("cut", () => ({ ends: [[7]], more: true }))],
    ["no leaves", lying("cut", () => ({ ends: [] }))],
    ["an end that is none", lying("cut", () => ({ ends: [[7]] }))],
    ["no hash", lying("hash", () => ({ hashes: [], rows: 0 }))],
    ["no rows", lying("rows", () => ({ ranges: [] }))],
    ["rows that are none", rows(["nothing"])],
    ["rows that leave the list", rows(['{"rowid":1,"line":"a","n":1}],"other":[{}'])],
    ["rows without a cell", rows(['{"rowid":1,"line":"a"}'])],
    ["cells that are none", rows(['{"rowid":1,"line":{"$sql":"x"},"n":1}'])],
    ["a list for a row", rows(["[1,2,3]"])],
    ["null for a row", rows(["null"])],
  ])("is not taken from a place that tells %s", async (_, left) => {
    await expect(read(left, placeOf(many("y")))).rejects.toMatchObject({ code: "UNREACHABLE" });
  });
});
