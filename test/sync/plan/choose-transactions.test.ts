import { describe, expect, test } from "vitest";
import { chooseTransactions } from "../../../src/sync/plan/choose-transactions.ts";

const load = (bytes: number, rowsWritten: number) => ({ rows: 10_000, bytes, rowsWritten });

describe("How many transactions a run takes", () => {
  test.each([
    [1_000_000, 20_000, "one"],
    [100_000_000, 500_000, "one"],
    [100_000_001, 20_000, "many"],
    [1_000_000, 500_001, "many"],
  ])("with %i bytes staged and %i entries written is %s", (bytes, writes, transactions) => {
    expect(chooseTransactions(load(bytes, writes), {}).transactions).toBe(transactions);
  });

  test("says what was too much: bytes, or entries", () => {
    expect(chooseTransactions(load(120_000_000, 1), {}).reason).toContain("120 MB: too much for");
    expect(chooseTransactions(load(1_000_000, 900_000), {}).reason).toContain(
      "900,000 entries in tables and indexes",
    );
  });

  test.each([
    [1, 900, "1 row, 1 kB fit"],
    [3, 41_200, "3 rows, 42 kB fit"],
    [1_200, 1_000_000, "1,200 rows, 1 MB fit"],
    [1_200, 10_390_000, "1,200 rows, 10.4 MB fit"],
  ])("says in a unit that suits it how much %i rows of %i bytes are", (rows, bytes, words) => {
    expect(chooseTransactions({ rows, bytes, rowsWritten: rows }, {}).reason).toContain(words);
  });

  test("says nothing of the size where rows are only deleted", () => {
    const deletes = (rowsWritten: number) => ({ rows: 0, bytes: 1, rowsWritten });
    expect(chooseTransactions(deletes(3), {}).reason).toMatch(/^it fits one transaction: /);
    expect(chooseTransactions(deletes(900_000), {}).reason).toMatch(/^900,000 entries .*: too much for/);
    expect(chooseTransactions(deletes(3), { atomic: "never" }).reason).toMatch(/^many transactions were/);
  });

  test("is the one that was asked for, whatever the size", () => {
    expect(chooseTransactions(load(1e9, 1e7), { atomic: "always" }).transactions).toBe("one");
    expect(chooseTransactions(load(1, 1), { atomic: "never" }).transactions).toBe("many");
  });

  test("takes longer with more bytes and with more entries", () => {
    const seconds = (bytes: number, writes: number) =>
      chooseTransactions(load(bytes, writes), {}).expectedSeconds;
    expect(seconds(1, 1)).toBe(1);
    expect(seconds(500_000_000, 0)).toBeGreaterThan(seconds(50_000_000, 0));
    expect(seconds(50_000_000, 2_000_000)).toBeGreaterThan(seconds(50_000_000, 0));
  });
});
