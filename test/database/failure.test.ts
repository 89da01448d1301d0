import { describe, expect, it } from "vitest";
import { databaseError, isDailyLimit, isExceeded } from "../../src/database/failure.ts";
import { FerryError } from "../../src/errors.ts";

/** Every message of D1's list, as a binding throws it, and what is to be done about it. */
const LIST: [message: string, failure: string | null, retryAfterSeconds: number | null][] = [
  ["D1_ERROR: D1 DB reset because its code was updated.", "again", 1],
  ["D1_ERROR: Internal error while starting up D1 DB storage caused object to be reset.", "again", 1],
  ["D1_ERROR: Network connection lost.", "again", 1],
  ["D1_ERROR: Replica disconnected from primary.", "again", 1],
  ["D1_ERROR: Internal error in D1 DB storage caused object to be reset.", "again", 1],
  ["D1_ERROR: Cannot resolve D1 DB due to transient issue on remote node.", "again", 1],
  ["D1_ERROR: Can't read from request stream because client disconnected.", "again", 1],
  ["internal error; reference = 0123456789abcdefghijklmn", "again", 1],
  ["database is locked", "locked", 1],
  ["D1_ERROR: D1 DB is overloaded. Requests queued for too long.", "busy", 5],
  ["D1_ERROR: D1 DB is overloaded. Too many requests queued.", "busy", 5],
  ["D1_ERROR: Durable Object is overloaded. Too many requests queued.", "busy", 5],
  ["D1_ERROR: D1 DB storage operation exceeded timeout which caused object to be reset.", "exceeded", 2],
  ["D1_ERROR: D1 DB's isolate exceeded its memory limit and was reset.", "exceeded", 2],
  ["D1_ERROR: D1 DB exceeded its CPU time limit and was reset.", "exceeded", 2],
  ["Error: Too many API requests by single Worker invocation.", "used up", 1],
  ["Too many subrequests.", "used up", 1],
  ["D1_ERROR: Exceeded maximum DB size.", "full", null],
  ["D1_ERROR: Your account has exceeded D1's maximum account storage limit, please contact…", "full", null],
  ["D1_ERROR: No SQL statements detected.", null, null],
  ["D1_ERROR: no such table: users: SQLITE_ERROR", null, null],
  ["D1_ERROR: UNIQUE constraint failed: users.email: SQLITE_CONSTRAINT", null, null],
  ["D1_TYPE_ERROR: Type 'undefined' not supported for value 'undefined'", null, null],
  ["D1_ERROR: string or blob too big: SQLITE_TOOBIG", null, null],
  ["disk I/O error", null, null],
];

describe("What a database threw", () => {
  it.each(LIST)("%s: %s, again after %s s", (message, failure, retryAfterSeconds) => {
    const error = databaseError(new Error(message));
    expect(error).toMatchObject({
      code: failure === "full" ? "DATABASE_FULL" : "DATABASE_ERROR",
      transient: retryAfterSeconds !== null,
    });
    expect(error.details?.failure ?? null).toBe(failure);
    expect(error.details?.retryAfterSeconds ?? null).toBe(retryAfterSeconds);
    expect(isExceeded(error)).toBe(failure === "exceeded");
  });

  it("says what helps where another try does not", () => {
    const full = databaseError(new Error("D1_ERROR: Exceeded maximum DB size."));
    expect(full.hint).toContain("larger plan");
  });

  it.each(["write", "read"])("says when a day's rows are used up, and until when: row %s limit", (kind) => {
    const words = `Your account has exceeded D1's free tier daily row ${kind} limit. Upgrade to a paid plan or wait until tomorrow (midnight UTC) to continue.`;
    const now = Date.parse("2026-12-31T23:00:00.500Z");
    const error = databaseError(new Error(`D1_ERROR: ${words}`), now);
    expect(error).toMatchObject({ code: "DAILY_LIMIT", status: 429, transient: false });
    expect(error.details).toEqual({
      sqlite: words,
      failure: "daily",
      limit: `rows ${kind}`,
      again: "2027-01-01T00:00:00.000Z",
      retryAfterSeconds: 3600,
    });
    expect(error.hint).toContain("after 2027-01-01 00:00 UTC");
    expect(isDailyLimit(error)).toBe(true);
  });

  it("keeps SQLite's own words, without D1's prefix and code", () => {
    const error = databaseError(new Error("D1_ERROR: UNIQUE constraint failed: t.a: SQLITE_CONSTRAINT"));
    expect(error.details).toEqual({ sqlite: "UNIQUE constraint failed: t.a" });
    const known = new FerryError("NOT_FOUND", "x");
    expect(databaseError(known)).toBe(known);
  });
});
