import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { r2Bucket } from "../../src/bucket/r2.ts";
import { d1Database } from "../../src/database/d1.ts";
import { limitedD1 } from "./limited-d1.ts";
import { limitedR2 } from "./limited-r2.ts";

describe("A limited D1", () => {
  const query = (sql: string, ...params: string[]) => d1Database(limitedD1(env.DB)).query({ sql, params });

  test("counts each statement of a batch, and stops at 50", async () => {
    const limited = limitedD1(env.DB);
    const database = d1Database(limited);
    await database.batch(Array.from({ length: 49 }, () => ({ sql: "SELECT 1" })));
    await database.query({ sql: "SELECT 1" });
    expect(limited.statements).toBe(50);
    await expect(database.query({ sql: "SELECT 1" })).rejects.toThrow(
      "Too many API requests by single worker invocation.",
    );
    limited.newInvocation();
    await database.query({ sql: "SELECT 1" });
    expect(limited).toMatchObject({ statements: 1, allStatements: 52 });
  });

  test.each([
    ["a bound value", "SELECT length(?1) AS n", "x".repeat(2_000_001), "string or blob too big"],
    ["a value of a result", "SELECT hex(zeroblob(1000001)) AS x", null, "string or blob too big"],
    [
      "a row of a result",
      "SELECT zeroblob(1500000) AS a, zeroblob(1500000) AS b",
      null,
      "string or blob too big",
    ],
    ["a statement", `SELECT 1 /* ${"x".repeat(100_000)} */`, null, "statement too long"],
    [
      "a call",
      `SELECT concat(${Array.from({ length: 33 }, () => "1").join(", ")})`,
      null,
      "too many arguments",
    ],
    ["a compound", Array.from({ length: 6 }, () => "SELECT 1").join(" UNION ALL "), null, "too many terms"],
  ])("refuses %s that is too large", async (_, sql, param, words) => {
    await expect(param === null ? query(sql) : query(sql, param)).rejects.toThrow(words);
  });

  test("takes what fits", async () => {
    expect(await query("SELECT length(?1) AS n", "é".repeat(1_000_000))).toEqual([[1_000_000]]);
    expect(
      await query(`SELECT concat(${Array.from({ length: 32 }, () => "1").join(", ")}) IS NULL AS n`),
    ).toEqual([[0]]);
  });
});

describe("A limited R2", () => {
  test("counts operations, and stops at 50", async () => {
    const limited = limitedR2(env.DATA_SYNC);
    const bucket = r2Bucket(limited);
    for (let i = 0; i < 50; i++) await bucket.head("nothing");
    expect(limited.operations).toBe(50);
    await expect(bucket.head("nothing")).rejects.toMatchObject({ code: "BUCKET_ERROR" });
  });

  test("refuses parts that break the rules when they are joined", async () => {
    const bucket = r2Bucket(limitedR2(env.DATA_SYNC));
    const mebibyte = 1024 * 1024;
    for (const [sizes, code] of [
      [[1 * mebibyte, 1 * mebibyte], "PART_TOO_SMALL"],
      [[5 * mebibyte, 6 * mebibyte, 1], "PART_SIZE_MISMATCH"],
      [[5 * mebibyte, 6 * mebibyte], "PART_SIZE_MISMATCH"],
      [[5 * mebibyte, 5 * mebibyte, 1], null],
    ] as const) {
      const { uploadId } = await bucket.createUpload("limited/parts");
      const parts = [];
      for (const [i, size] of sizes.entries()) {
        const { etag } = await bucket.uploadPart("limited/parts", uploadId, i + 1, new Uint8Array(size));
        parts.push({ partNumber: i + 1, etag });
      }
      const work = bucket.completeUpload("limited/parts", uploadId, parts);
      if (code === null) expect(await work).toMatchObject({ size: 10 * mebibyte + 1 });
      else await expect(work).rejects.toMatchObject({ code });
    }
    await bucket.delete(["limited/parts"]);
  });
});
