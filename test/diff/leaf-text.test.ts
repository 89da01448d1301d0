import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Cell } from "../../src/archive/types.ts";
import { leafText } from "../../src/diff/leaf-text.ts";
import { seeded } from "../support/cases.ts";
import { nodeEngine } from "../support/node-engine.ts";
import { describeLeafTexts } from "./leaf-text-suite.ts";

describeLeafTexts("node:sqlite", nodeEngine);

describe("the text of a leaf from its rows", () => {
  test("has the cells of each row, thirty to an array, and reals in two", () => {
    const row: Cell[] = [1, "a\n", null, { $blob: "AA==" }, 2.5, -0.75, 3, 1e-7];
    expect(leafText([row, [7]])).toEqual({
      rows: 2,
      text: '[1,"a\\n",null,{"$blob":"AA=="},[2,2305843009213693952],[0,-3458764513820540928],3,1e-7]\n[7]',
    });
    const wide = Array.from({ length: 61 }, (_, i) => i);
    const arrays = [wide.slice(0, 30), wide.slice(30, 60), wide.slice(60)];
    expect(leafText([wide]).text).toBe(arrays.map((cells) => JSON.stringify(cells)).join(""));
    expect(leafText([])).toEqual({ rows: 0, text: "" });
  });

  test("tells any two reals apart", () => {
    const back = (text: string) => {
      const [cell] = JSON.parse(text.replaceAll(/(?<=[[,])-?\d{17,}(?=])/g, '"$&"'));
      return Array.isArray(cell) ? Number(cell[0]) + Number(BigInt(cell[1])) / 2 ** 62 : Number(cell);
    };
    fc.assert(
      fc.property(
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.integer({ min: -12, max: 60 }),
        (x, e) => {
          for (const value of [x, (x % 1) * 2 ** e]) {
            if (Object.is(value, -0)) continue;
            expect(back(leafText([[value]]).text)).toBe(value);
          }
        },
      ),
      seeded(1000),
    );
  });
});
