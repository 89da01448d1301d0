import { describe, expect, test } from "vitest";
import { bindingError } from "../../src/database/refused-statement.ts";
import { FerryError } from "../../src/errors.ts";

const INSERT = {
  sql: "INSERT INTO t (a) SELECT 'a secret', x'c0ffee', \"b\" FROM json_each(?1)",
  params: ["row"],
};

describe("What a binding threw", () => {
  test("and SQLite did not, is told with the statement, without a value of it", () => {
    const error = bindingError(new Error("Denied by policy"), [INSERT]);
    expect(error).toMatchObject({
      code: "DATABASE_ERROR",
      transient: false,
      details: {
        failure: "refused",
        sqlite: "Denied by policy",
        statement: {
          kind: "INSERT",
          batch: 1,
          begins: `INSERT INTO t (a) SELECT '…', '…', "b" FROM json_each(?1)`,
        },
      },
    });
    expect(JSON.stringify([error, error.message])).not.toMatch(/secret|c0ffee|"row"/);
  });

  test("for a batch is told with the statement that the refusal names, else with the batch's kinds", () => {
    const batch = [{ sql: "PRAGMA defer_foreign_keys = on" }, INSERT, { sql: "drop trigger x" }];
    const statementOf = (words: string) => bindingError(new Error(words), batch).details?.statement;
    expect(statementOf("drop is a reserved word")).toMatchObject({ kind: "DROP TRIGGER", batch: 3 });
    expect(statementOf("no pragma here")).toMatchObject({ kind: "PRAGMA" });
    expect(statementOf("no")).toEqual({ kind: "batch", begins: "PRAGMA, INSERT, DROP TRIGGER", batch: 3 });
  });

  test("is the authorizer's refusal, too", () => {
    const error = bindingError(new Error("D1_ERROR: not authorized: SQLITE_AUTH"), [{ sql: "PRAGMA foo" }]);
    expect(error.details?.statement).toMatchObject({ kind: "PRAGMA" });
  });

  test.each([
    "D1_ERROR: UNIQUE constraint failed: users.email: SQLITE_CONSTRAINT",
    "D1_ERROR: no such table: users: SQLITE_ERROR",
    "D1_TYPE_ERROR: Type 'undefined' not supported for value 'undefined'",
    "D1_ERROR: Network connection lost.",
    "D1_ERROR: Exceeded maximum DB size.",
  ])("is no refusal of a statement: %s", (words) => {
    const error = bindingError(new Error(words), [INSERT]);
    expect(error.details?.statement).toBeUndefined();
    expect(error.details?.failure).not.toBe("refused");
  });

  test("is kept where it is known already", () => {
    const known = new FerryError("DATABASE_ERROR", "x");
    expect(bindingError(known, [INSERT])).toBe(known);
  });
});
