import { stripVTControlCharacters } from "node:util";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { humanPrinter } from "../../../src/cli/printing/human.ts";
import { type Block, facts, indented, type Table, toned } from "../../../src/cli/printing/layout/block.ts";
import { layoutFor } from "../../../src/cli/printing/layout/terminal.ts";
import { widthOf } from "../../../src/cli/printing/layout/width.ts";
import { sampled } from "../../support/cases.ts";
import { collector } from "../../support/collector.ts";
import { laidOut } from "../../support/laid-out.ts";

const LONG = "a_table_with_a_name_of_sixty_characters_as_some_tools_make_them";

const plan: Table = {
  columns: [
    { title: "table", long: "cut" },
    { title: "+ insert", align: "right" },
    { title: "~ update", align: "right" },
    { title: "cells", align: "right", drop: 1 },
    { title: "− delete", align: "right" },
    { title: "unchanged", align: "right", drop: 2 },
  ],
  rows: [
    [LONG, "204,296", toned("0", "faint"), toned("0", "faint"), toned("21 of 21", "bad"), "3"],
    ["日本語", "1", "2", "3", "0", "4"],
  ],
};

describe("A table fits the terminal", () => {
  test("as it is, where there is room", () => {
    expect(laidOut([plan], 120)).toEqual([
      "table                                                            + insert  ~ update  cells  − delete  unchanged",
      `${LONG}   204,296         0      0  21 of 21          3`,
      "日本語                                                                  1         2      3         0          4",
    ]);
  });

  test("in 80 columns with its long names cut", () => {
    expect(laidOut([plan], 80)).toEqual([
      "table                             + insert  ~ update  cells  − delete  unchanged",
      "a_table_with_a_name_of_sixty_ch…   204,296         0      0  21 of 21          3",
      "日本語                                   1         2      3         0          4",
    ]);
  });

  test("in 40 without the columns that matter least", () => {
    expect(laidOut([plan], 40)).toEqual([
      "table       + insert  ~ update  − delete",
      "a_table_w…   204,296         0  21 of 21",
      "日本語             1         2         0",
    ]);
  });

  test("with what is said going on below where it begins", () => {
    const said = facts([
      ["transactions", "one for all tables (27,000 rows fit one transaction)"],
      ["note", ["users was left out", ""]],
    ]);
    expect(laidOut(indented([said], 2), 40)).toEqual([
      "  transactions  one for all tables",
      "                (27,000 rows fit one",
      "                transaction)",
      "  note          users was left out",
      "",
    ]);
  });

  test("whatever its texts are: no line is wider, no space ends one, and no row is lost", () => {
    const cell = fc.oneof(
      fc.string({ unit: "grapheme", maxLength: 40 }).map((text) => text.replace(/\p{C}|\s/gu, "x")),
      fc.lorem({ maxCount: 9 }),
    );
    const column = fc.record({
      title: fc.constantFrom("", "table", "rows"),
      align: fc.constantFrom("left" as const, "right" as const),
      long: fc.constantFrom("cut" as const, "wrap" as const),
    });
    const table = fc
      .tuple(
        fc.array(column, { minLength: 1, maxLength: 6 }),
        fc.array(fc.array(cell, { minLength: 6, maxLength: 6 }), { maxLength: 5 }),
      )
      .map(([columns, rows]): Table => ({ columns, rows }));
    fc.assert(
      fc.property(table, fc.integer({ min: 46, max: 120 }), (one, width) => {
        const lines = laidOut([one], width);
        for (const line of lines) {
          expect(widthOf(line)).toBeLessThanOrEqual(width);
          expect(line).toBe(line.trimEnd());
        }
        const titles = one.columns.some(({ title }) => title !== "") ? 1 : 0;
        expect(lines.length).toBeGreaterThanOrEqual(one.rows.length + titles);
      }),
      sampled(200),
    );
  });
});

describe("Prose fits the terminal", () => {
  test("broken between words, below where it begins", () => {
    expect(laidOut(["    Write the bindings into wrangler.jsonc: npx d1-ferry init does"], 40)).toEqual([
      "    Write the bindings into",
      "    wrangler.jsonc: npx d1-ferry init",
      "    does",
    ]);
    expect(laidOut([{ cut: ["~", ' 1200  name: "a" → "b"'] }], 15)).toEqual(["~ 1200  name: …"]);
  });

  const print = (world: object, what: (printer: ReturnType<typeof humanPrinter>) => void) => {
    const stderr = Object.assign(collector(), world);
    what(humanPrinter({ stderr, now: Date.now, env: { TERM: "xterm", ...(world as { env?: object }).env } }));
    return stderr.text();
  };

  test("behind a mark", () => {
    const text = print({ isTTY: true, columns: 30, env: { NO_COLOR: "1" } }, (printer) => {
      printer.warn("2 rows were left out because of a conflict");
      printer.failure({
        error: "No such run\nat all",
        code: "NOT_FOUND",
        hint: "d1-ferry list shows the keys of all",
      });
    });
    expect(text).toBe(
      [
        "! 2 rows were left out because",
        "  of a conflict",
        "✗ No such run",
        "  at all (NOT_FOUND)",
        "  d1-ferry list shows the keys",
        "  of all",
        "",
      ].join("\n"),
    );
  });

  test("and no text of others has colours, or steers the terminal", () => {
    const bad = "\u001b[31mred\u001b[2J\r\u202e";
    const blocks: Block[] = [
      bad,
      toned(bad, "strong"),
      { cut: bad },
      { ...plan, rows: [[bad, toned(bad, "bad")]] },
    ];
    const text = print({ isTTY: true, columns: 100 }, (printer) => printer.lines(blocks));
    expect(text).toContain("\u001b[1m");
    expect(stripVTControlCharacters(text)).not.toMatch(/(?!\n)\p{Cc}|\u202e/u);
    expect(text).not.toContain("\u001b[2J");
    expect(text.match(/\[31mred/g)).toHaveLength(5);
  });
});

describe("Colours", () => {
  const paints = (env: Record<string, string>, isTTY: boolean) =>
    layoutFor({ stderr: Object.assign(collector(), { isTTY }), env }).paint(toned("x", "bad")) !== "x";

  test.each([
    [{}, true, true],
    [{}, false, false],
    [{ NO_COLOR: "1" }, true, false],
    [{ NO_COLOR: "" }, true, true],
    [{ TERM: "dumb" }, true, false],
    [{ FORCE_COLOR: "1" }, false, true],
    [{ FORCE_COLOR: "1", NO_COLOR: "1" }, true, true],
    [{ FORCE_COLOR: "0" }, true, false],
  ] as const)("with %o, terminal %s: %s", (env, isTTY, expected) => {
    expect(paints(env, isTTY)).toBe(expected);
  });
});
