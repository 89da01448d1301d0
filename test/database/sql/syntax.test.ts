import { describe, expect, test } from "vitest";
import { D1_LIMITS } from "../../../src/database/limits.ts";
import { callNested, joinBalanced, literal, quote, tuple } from "../../../src/database/sql/syntax.ts";
import { memoryDatabase } from "../../support/node-engine.ts";

const database = memoryDatabase();
const valueIn = async (sql: string) => (await database.query({ sql: `SELECT ${sql}` }))[0]?.[0];

describe("A name", () => {
  test.each([
    ["id", '"id"'],
    ['say "hi"', '"say ""hi"""'],
    ["id?1", '"id?1"'],
    ["it's; --", `"it's; --"`],
    ["", '""'],
  ])("%j is quoted as %s", async (name, sql) => {
    expect(quote(name)).toBe(sql);
    expect(await database.query({ sql: `SELECT ${sql} FROM (SELECT 7 AS ${sql})` })).toEqual([[7]]);
  });
});

describe("A text", () => {
  test.each([
    ["plain", "'plain'"],
    ["it's", "'it''s'"],
    ["''", "''''''"],
    ["?1 :a @b $c", "'?1 :a @b $c'"],
    ["line\nbreak", "'line\nbreak'"],
  ])("%j is written as %s", async (text, sql) => {
    expect(literal(text)).toBe(sql);
    expect(await valueIn(literal(text))).toBe(text);
  });
});

describe("Terms", () => {
  test("are joined as a tree of small depth", async () => {
    expect(joinBalanced(["a"], "OR")).toBe("a");
    expect(joinBalanced(["a", "b", "c"], "OR")).toBe("((a OR b) OR c)");
    expect(joinBalanced(["1", "2", "3", "4"], "+")).toBe("((1 + 2) + (3 + 4))");
    expect(await valueIn(joinBalanced(Array(1000).fill("1"), "+"))).toBe(1000);
    const depth = (sql: string) => {
      let [deep, most] = [0, 0];
      for (const letter of sql) {
        deep += letter === "(" ? 1 : letter === ")" ? -1 : 0;
        most = Math.max(most, deep);
      }
      return most;
    };
    expect(depth(joinBalanced(Array(1000).fill("1"), "+"))).toBe(10);
    expect(() => joinBalanced([], "AND")).toThrow("joinBalanced needs a term");
  });

  test("are arguments of calls within each other where one call takes no more", async () => {
    expect(callNested("concat", ["a", "b"])).toBe("concat(a, b)");
    expect(callNested("concat_ws", ["a"], ["','"])).toBe("concat_ws(',', a)");
    const terms = Array.from({ length: 70 }, (_, i) => `${i}`);
    expect(callNested("concat", terms)).toBe(
      `concat(concat(${terms.slice(0, 32).join(", ")}), concat(${terms.slice(32, 64).join(", ")}), concat(${terms.slice(64).join(", ")}))`,
    );
    expect(await valueIn(callNested("concat_ws", terms, ["'-'"]))).toBe(terms.join("-"));
    const calls = callNested("concat", Array(5000).fill("'x'")).match(/\(([^()]*)\)/g) ?? [];
    expect(calls.length).toBeGreaterThan(150);
    for (const call of calls) expect(call.split(",").length).toBeLessThanOrEqual(D1_LIMITS.functionArguments);
  });

  test("are one by itself, several as a row value", () => {
    expect(tuple(["a"])).toBe("a");
    expect(tuple(["a", "b"])).toBe("(a, b)");
  });
});
