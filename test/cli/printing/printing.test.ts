import { describe, expect, test, vi } from "vitest";
import { movedLines } from "../../../src/cli/printing/moved.ts";
import { planLines } from "../../../src/cli/printing/plan.ts";
import { printable } from "../../../src/cli/printing/printable.ts";
import { progressBar } from "../../../src/cli/printing/progress.ts";
import { resultLines, skippedRows } from "../../../src/cli/printing/results.ts";
import { rowLine } from "../../../src/cli/printing/rows.ts";
import { FerryError } from "../../../src/errors.ts";
import { bytes, duration, plural } from "../../../src/numbers.ts";
import type { PlanDetail } from "../../../src/sync/run/index.ts";
import type { Plan } from "../../../src/sync/run/report.ts";
import { collector } from "../../support/collector.ts";
import { laidOut } from "../../support/laid-out.ts";

const table = (numbers: Partial<Plan["tables"][string]>) => ({
  attempted: 0,
  inserted: 0,
  updated: 0,
  unchanged: 0,
  deleted: 0,
  skipped: 0,
  live: 0,
  ...numbers,
});

const plan: Plan = {
  tables: {
    authors: table({ attempted: 7014, inserted: 7000, updated: 14, live: 20 }),
    roundups: table({ deleted: 21, live: 21 }),
  },
  rowsWritten: 212_114,
  stagedBytes: 10_400_000,
  databaseBytes: 24_000_000,
  transactions: "one",
  reason: "27,000 rows, 10.4 MB",
  conflicts: [],
  conflictCount: 0,
  expectedSeconds: 3.2,
};

const app = { kind: "app", name: "https://pulse.example.com" } as const;

describe("the plan", () => {
  test("puts the tables in which nothing changes in one line, and stands alone where there are no others", () => {
    const equal = table({ attempted: 7, unchanged: 7, live: 9 });
    const lines = (tables: typeof plan.tables) => laidOut(planLines({ ...plan, tables }, app)).slice(2, 5);
    expect(lines({ a: equal, b: table({ attempted: 1, updated: 1, live: 3 }), c: equal })).toEqual([
      "  table  + insert  ~ update  − delete  unchanged",
      "  b             0         1         0          0",
      "  2 tables with 14 rows unchanged",
    ]);
    expect(lines({ a: equal })).toEqual(["  1 table with 7 rows unchanged", "", expect.any(String)]);
    expect(lines({})[0]).toMatch(/^ {2}rows written/);
  });

  test("names the target, counts each table, and says that a table loses all it has", () => {
    expect(laidOut(planLines(plan, app, ["left out: users"]))).toEqual([
      "Plan for https://pulse.example.com",
      "",
      "  table     + insert  ~ update  − delete  unchanged",
      "  authors      7,000        14         0          0",
      "  roundups         0         0  21 of 21          0",
      "  total        7,000        14  21 of 41          0",
      "",
      "  rows written  212,114, indexes counted: 2.2 days of D1's free plan (100,000 a day)",
      "  space         10.4 MB until it is done; with it, the database is 24.0 MB",
      "  transactions  one for all tables (27,000 rows, 10.4 MB)",
      "  time          about 3.0 s",
      "  note          left out: users",
    ]);
  });

  test("shows the cells that change, and rows of each kind, cut to the terminal", () => {
    const [name, id] = ["authors", (n: number) => ({ id: n })];
    const samples: PlanDetail["samples"] = {
      insert: [{ table: name, is: "insert", key: id(7), row: { id: 7, name: "Ada\u001b[2J", raw: null } }],
      update: [
        {
          table: name,
          is: "update",
          key: id(1200),
          cells: { name: ["a", "b"], score: [{ $real: "1" }, 2.5] },
        },
        {
          ...{ table: name, is: "update", key: id(1201) },
          cells: { raw: [{ $blob: "AP8=" }, { start: "x".repeat(80), of: "text", bytes: 20_480 }] },
        },
      ],
      delete: [
        {
          table: name,
          is: "delete",
          key: id(9),
          row: { id: 9, name: "\u202eevil", raw: { $int: "9007199254740993" } },
        },
      ],
    };
    const detailed = table({
      attempted: 14,
      inserted: 1,
      updated: 14,
      deleted: 1,
      live: 20,
      cells: 15,
      samples,
    });
    const lines = laidOut(planLines({ ...plan, tables: { authors: detailed } }, app), 60);
    expect(lines.slice(2, 12)).toEqual([
      "  table    + insert  ~ update  cells  − delete  unchanged",
      "  authors         1        14     15   1 of 20          0",
      "",
      "  authors",
      '    + 7     name: "Ada\\u001b[2J", raw: null',
      '    ~ 1200  name: "a" → "b", score: 1.0 → 2.5',
      `    ~ 1201  raw: base64:AP8= → "${"x".repeat(60 - 33)}…`,
      "    ~ 12 more",
      '    − 9     name: "\ufffdevil", raw: 9007199254740993',
      "",
    ]);
  });

  test("of a file says nothing of what D1 allows", () => {
    expect(laidOut(planLines(plan, { kind: "sqlite", name: "other.sqlite" }))).toContain(
      "  rows written  212,114, indexes counted",
    );
  });

  test("lists the conflicts it knows and counts the rest", () => {
    const conflict = { table: "authors", index: "authors_handle", key: "[7]", takenBy: "[3]" };
    const lines = laidOut(planLines({ ...plan, conflicts: [conflict], conflictCount: 9 }, app));
    expect(lines.slice(-3)).toEqual([
      "  9 rows have a unique value that another row already has:",
      "  authors [7]: authors_handle is taken by row [3]",
      "  and 8 more",
    ]);
  });

  test("shows SQL in its lines, and none of them as a line of its own", () => {
    const sql = "CREATE TABLE t (\r\n\ta,\n  b\n)\n✓ Done\u001b[2J";
    const creates = [{ type: "table", name: "t", table: "t", sql } as const];
    const lines = laidOut(planLines({ ...plan, creates }, app));
    expect(lines.slice(lines.indexOf("  creates") + 1)).toEqual([
      "    CREATE TABLE t (",
      "        a,",
      "        b",
      "      )",
      "      ✓ Done\ufffd[2J",
    ]);
  });

  test("a table's name cannot steer the terminal", () => {
    expect(printable("evil\x1b[2Jname\n\u202e")).toBe("evil\ufffd[2Jname\ufffd\ufffd");
    const moved = table({ attempted: 1, inserted: 1 });
    const lines = laidOut(planLines({ ...plan, tables: { "a\x1b[1A\x1b[2Kb": moved } }, app));
    expect(lines.join("\n")).not.toContain("\x1b");
  });
});

test("a row of a plan is a line, whatever its names and cells hold", () => {
  const table = "users";
  const lines = [
    rowLine({ table, is: "insert", key: { id: 7 }, row: { id: 7, name: "a\nb" } }),
    rowLine({ table, is: "insert", key: {}, row: { name: "a" } }),
    rowLine({ table, is: "update", key: { id: "x", n: 1 }, cells: { "na\u001bme": ["a", null] } }),
    rowLine({ table: "us\ners", is: "delete", key: { id: 9 }, row: { id: 9 } }),
  ];
  expect(lines).toEqual([
    '+ users 7 {"id":7,"name":"a\\nb"}',
    '+ users {"name":"a"}',
    '~ users ("x", 1) na\ufffdme: "a" → null',
    "− us\ufffders 9",
  ]);
});

test("rows that have moved are named, and nothing else that an app says of them", () => {
  const moved = [
    { table: "t", key: "[7]", is: "gone" },
    { table: "t\u001b", key: "[8]", is: "changed" },
    { is: 1 },
    null,
  ];
  const stale = (details: Record<string, unknown>) =>
    movedLines(new FerryError("PLAN_STALE", "", { details }));
  expect(stale({ moved })).toEqual([
    "2 rows have moved since the plan was made:",
    "  t [7] is gone",
    "  t\ufffd [8] has other values now",
  ]);
  expect(stale({ moved: "all" })).toEqual([]);
});

test("results are counted per table with a total, and skipped rows are summed", () => {
  const result = { attempted: 5, inserted: 2, updated: 1, unchanged: 1, deleted: 0, skipped: 1 };
  const equal = { ...result, inserted: 0, updated: 0, skipped: 0 };
  const c = { ...equal, unchanged: 4 };
  const d = { ...equal, unchanged: 5 };
  expect(laidOut(resultLines({ a: result, b: result, c, d }))).toEqual([
    "table  inserted  updated  deleted  unchanged  skipped",
    "a             2        1        0          1        1",
    "b             2        1        0          1        1",
    "total         4        2        0          2        2",
    "2 tables with 9 rows unchanged",
  ]);
  expect(skippedRows({ a: result, b: result })).toBe(2);
  expect(skippedRows(null)).toBe(0);
});

test("sizes, times and counts read as a person says them", () => {
  expect([bytes(999), bytes(10_485_760), bytes(999_960), bytes(3.2e9)]).toEqual([
    "999 bytes",
    "10.5 MB",
    "1.0 MB",
    "3.2 GB",
  ]);
  expect([duration(1234), duration(61_000), duration(125_000), duration(3_700_000)]).toEqual([
    "1.2 s",
    "61 s",
    "2 min 5 s",
    "1 h 1 min",
  ]);
  expect([plural(1, "row"), plural(2000, "row")]).toEqual(["1 row", "2,000 rows"]);
});

test("a bar says what is left, by what was done since it began, and else how long it takes", () => {
  const output = Object.assign(collector(), { columns: 80 });
  let time = 0;
  const bar = progressBar(output, "Applying", () => time);
  const told = (fraction: number | null, at: number) => {
    time = at;
    bar.update(fraction, "rows");
    return output.text().split("\r\x1b[K").at(-1)?.replace(/[█░]+/, "▒");
  };
  expect(told(0.5, 0)).toBe("Applying  ▒ rows");
  expect(told(0.5, 3000)).toBe("Applying  ▒ rows  3 s");
  expect(told(0.6, 4000)).toBe("Applying  ▒ rows  16 s left");
  expect(told(0.6, 8000)).toBe("Applying  ▒ rows  32 s left");
  expect(told(1, 9000)).toBe("Applying  ▒ rows");
  expect(told(null, 12_000)).toBe("Applying  rows  12 s");
  bar.end();
});

test("a bar moves while nothing is heard, and is still at the end", () => {
  vi.useFakeTimers();
  const output = Object.assign(collector(), { columns: 80 });
  const bar = progressBar(output, "Applying", Date.now);
  vi.advanceTimersByTime(3000);
  expect(output.text().split("\r\x1b[K").slice(1)).toEqual(["Applying", "Applying  2 s", "Applying  3 s"]);
  bar.end();
  const before = output.text();
  vi.advanceTimersByTime(3000);
  expect(output.text()).toBe(before);
  vi.useRealTimers();
});

test("a bar stays on one line of the terminal and is gone at the end", () => {
  const output = Object.assign(collector(), { columns: 30 });
  let time = 0;
  const bar = progressBar(output, "Uploading", () => time);
  bar.update(0.5, "5.0 of 10.0 MB, and a text that is much too long");
  time += 10;
  bar.update(0.6, "too soon to draw again");
  time += 100;
  bar.update(1, "10.0 MB");
  bar.end();
  bar.end();
  const drawings = output.text().split("\r\x1b[K").filter(Boolean);
  expect(drawings).toHaveLength(2);
  expect(drawings.every((drawing) => drawing.length < 30 && !drawing.includes("\n"))).toBe(true);
  expect(output.text().endsWith("\r\x1b[K")).toBe(true);
});
