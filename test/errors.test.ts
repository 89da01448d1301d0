import { describe, expect, test } from "vitest";
import { FerryError, retold } from "../src/errors.ts";

describe("An error about a document that is made to have long names", () => {
  const name = "n".repeat(1_000_000);

  test("is short itself", () => {
    const error = new FerryError("DOCUMENT_INVALID", `Table ${name}`, {
      hint: `Remove ${name}`,
      details: { table: name, names: Array(50_000).fill("n"), rows: { [name]: name, place: { byte: 7 } } },
    });
    expect(error.message).toHaveLength(4_001);
    const body = error.toJSON();
    expect(JSON.stringify(body).length).toBeLessThan(20_000);
    expect(body.error).toMatch(/^Table n+…$/);
    expect(body.details).toMatchObject({ rows: { place: { byte: 7 } } });
  });

  test("keeps what is not long as it is", () => {
    const details = { table: "posts", row: 7, list: [1, null, true], deep: { a: ["x"] } };
    const error = new FerryError("DOCUMENT_INVALID", "no", { hint: "yes", details });
    expect(error.toJSON()).toEqual({ error: "no", code: "DOCUMENT_INVALID", hint: "yes", details });
  });
});

test("An error that is told otherwise is the same in all else", () => {
  const cause = new Error("why");
  const error = new FerryError("ROW_REFUSED", "No", {
    hint: "Do",
    details: { row: 1 },
    transient: true,
    cause,
  });
  const told = retold(error, { message: "No, row 1", details: { row: 2 } });
  expect(told).toMatchObject({
    code: "ROW_REFUSED",
    message: "No, row 1",
    hint: "Do",
    details: { row: 2 },
    cause,
  });
  expect(told.transient).toBe(true);
  expect(retold(error, { transient: false })).toMatchObject({
    message: "No",
    details: { row: 1 },
    transient: false,
  });
});
