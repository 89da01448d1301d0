import { describe, expect, test } from "vitest";
import type { Contender, Sample } from "../../bench/contenders/contender.ts";
import { drawChart } from "../../bench/report/chart.ts";
import { replaceSections } from "../../bench/report/page.ts";
import { summarize } from "../../bench/report/summary.ts";
import type { BenchResult } from "../../bench/result.ts";
import type { Measure } from "../../bench/schedule.ts";
import { statementKind } from "../../bench/worker/ledger.ts";

describe("the summary", () => {
  test("compares with wrangler at the largest size that wrangler ran, and with the shell at the largest of all", () => {
    const summary = summarize(
      result([
        measure("ferry-import", 10, [2]),
        measure("ferry-import", 50, [10]),
        measure("ferry-import", 200, [60]),
        measure("wrangler-import", 10, [30]),
        measure("wrangler-import", 50, [400]),
        measure("sqlite-load", 50, [5]),
        measure("sqlite-load", 200, [12]),
      ]),
    );
    expect(summary).toMatchObject({ importVsWrangler: 40, importVsSqlite3: 0.2, timePerRowGrowth: 1.5 });
    expect(summary.exportVsWrangler).toBeNull();
  });

  test("takes the median of the runs, and tells when their statements were not the same", () => {
    const slow = measure("ferry-export", 10, [1, 9, 2]);
    const dump = measure("sqlite-dump", 10, [1]);
    expect(summarize(result([slow, dump]))).toMatchObject({ exportVsSqlite3: 0.5, repeatable: true });
    (slow.samples[1] as Sample).statements = 8;
    expect(summarize(result([slow, dump])).repeatable).toBe(false);
  });

  test("calls the worse of export and import the isolate's growth", () => {
    const watched = [
      measure("ferry-export", 10, [1], 20e6),
      measure("ferry-export", 200, [1], 22e6),
      measure("ferry-import", 10, [1], 20e6),
      measure("ferry-import", 200, [1], 30e6),
    ];
    expect(summarize({ timed: [], watched })).toMatchObject({
      heapGrowth: 1.5,
      exportHeapGrowth: 1.1,
      isolateMB: 30,
    });
  });
});

describe("the page", () => {
  test("gets what is new between its markers, and keeps the rest", () => {
    const page = "a\n<!-- bench:x -->\nold\n<!-- /bench:x -->\nb";
    expect(replaceSections(page, { x: "new" })).toBe("a\n<!-- bench:x -->\nnew\n<!-- /bench:x -->\nb");
  });

  test("is refused where it has no place for a section", () => {
    expect(() => replaceSections("a", { x: "new" })).toThrow('no place "x"');
  });
});

test("the chart has a bar for everybody, longer for what takes longer, and what was extrapolated looks it", () => {
  const svg = drawChart(
    result([
      measure("ferry-import", 2_000, [2]),
      measure("wrangler-import", 2_000, [200]),
      measure("by-hand", 2_000, [5]),
    ]),
  );
  const bars = [...svg.matchAll(/<rect class="(\w+)" .*?width="([\d.]+)"/g)].map(([, kind, width]) => [
    kind,
    Number(width),
  ]);
  expect(bars.map(([kind]) => kind)).toEqual(["ours", "extrapolated", "peer"]);
  expect(bars.map(([, width]) => width)).toEqual(
    bars.map(([, width]) => width).toSorted((a, b) => Number(a) - Number(b)),
  );
});

test("a statement is known by its text, whatever its values are", () => {
  expect(statementKind("SELECT  a\n FROM t WHERE b = 'x' AND c = ?12 LIMIT 30")).toBe(
    "SELECT a FROM t WHERE b = '' AND c = ? LIMIT N",
  );
});

function measure(name: string, rows: number, seconds: readonly number[], isolate?: number): Measure {
  const direction = /export|dump/.test(name) ? "export" : "import";
  const contender: Contender = {
    name,
    label: name,
    direction,
    run: () => Promise.reject(new Error("not run")),
  };
  const samples = seconds.map(
    (one): Sample => ({
      seconds: one,
      cpuSeconds: one,
      peakBytes: null,
      statements: 7,
      rowsWritten: rows,
      invocations: 1,
      parts: {},
      isolate: isolate === undefined ? null : { total: isolate, heap: isolate / 2 },
    }),
  );
  return { contender, rows, samples };
}

function result(timed: Measure[]): BenchResult {
  const sizes = [...new Set(timed.map(({ rows }) => rows))].map((rows) => ({
    rows,
    bytes: rows,
    archiveBytes: rows,
  }));
  const load = { least: 0, most: 0 };
  return { timed, watched: [], data: "posts", about: "", sizes, load, versions: "", seconds: 0 };
}
