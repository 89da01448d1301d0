import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { itemsOf, lateRows, orderRows, type References } from "../../../../src/sync/plan/order/row-order.ts";
import { seeded } from "../../../support/cases.ts";

const references = (pairs: readonly (readonly [number, number])[]): References => ({
  from: Int32Array.from(pairs, ([from]) => from),
  to: Int32Array.from(pairs, ([, to]) => to),
});

/** What the order of some rows is: steps of rows, circles in brackets. */
function ordered(rows: number, pairs: [number, number][], kindOf: (row: number) => number = () => 0) {
  const given = references(pairs);
  const order = orderRows(lateRows(rows, given), given, kindOf);
  if (typeof order === "string") return order;
  const { circles, steps } = order;
  return steps.map(({ circles: own }) =>
    own.map((circle) => [...itemsOf(circles, circle)].sort((a, b) => a - b)),
  );
}

describe("The order of rows that point to each other", () => {
  test("leaves rows alone that come behind those they point to", () => {
    expect(
      lateRows(
        3,
        references([
          [1, 0],
          [2, 1],
          [2, 2],
        ]),
      ),
    ).toEqual(Uint8Array.of(0, 0, 0));
  });

  test("has a row wait for one behind it, and those that point to that row with it", () => {
    expect(
      lateRows(
        5,
        references([
          [0, 3],
          [1, 0],
          [2, 4],
          [4, 2],
        ]),
      ),
    ).toEqual(Uint8Array.of(1, 1, 1, 0, 1));
  });

  test("turns a chain round", () => {
    expect(
      ordered(4, [
        [0, 1],
        [1, 2],
        [2, 3],
      ]),
    ).toEqual([[[2], [1], [0]]]);
  });

  test("keeps a circle together, and what hangs on it behind", () => {
    expect(
      ordered(5, [
        [0, 1],
        [1, 2],
        [2, 4],
        [4, 1],
        [3, 0],
      ]),
    ).toEqual([[[1, 2, 4], [0], [3]]]);
  });

  test("takes rows of one kind together, as far as it can", () => {
    const pairs: [number, number][] = [
      [0, 6],
      [1, 6],
      [2, 6],
      [3, 6],
      [4, 0],
      [5, 1],
    ];
    expect(ordered(7, pairs, (row) => row % 2)).toEqual([
      [[0], [2], [4]],
      [[1], [3], [5]],
    ]);
  });

  test("says that a circle has rows of several kinds", () => {
    expect(
      ordered(
        2,
        [
          [0, 1],
          [1, 0],
        ],
        (row) => row,
      ),
    ).toBe("mixed circle");
  });

  test("goes through a chain of many rows without recursion", () => {
    const rows = 100_000;
    const pairs = Array.from({ length: rows - 1 }, (_, i): [number, number] => [i, i + 1]);
    expect(ordered(rows, pairs)).toHaveLength(1);
  });

  test("has each row behind all that it points to, or in one circle with them, whatever the graph", () => {
    const graph = fc.integer({ min: 1, max: 30 }).chain((rows) => {
      const row = fc.nat({ max: rows - 1 });
      return fc.record({ rows: fc.constant(rows), pairs: fc.array(fc.tuple(row, row), { maxLength: 60 }) });
    });
    fc.assert(
      fc.property(graph, ({ rows, pairs }) => {
        const given = references(pairs);
        const late = lateRows(rows, given);
        const order = orderRows(late, given, () => 0);
        if (typeof order === "string") throw new Error(order);
        const place = new Map<number, number>();
        const circles = order.steps.flatMap((step) => step.circles);
        for (const [at, circle] of circles.entries())
          for (const row of itemsOf(order.circles, circle)) {
            expect(place.has(row)).toBe(false);
            place.set(row, at);
          }
        expect(place.size).toBe(late.filter((one) => one === 1).length);
        const reaches = reachable(rows, pairs);
        for (const [from, to] of pairs) {
          if (late[from] === 0) expect(late[to] === 0 && to <= from).toBe(true);
          else if (late[to] === 1) {
            const [own, other] = [place.get(from) as number, place.get(to) as number];
            if (own === other) expect(reaches(to, from)).toBe(true);
            else expect(other).toBeLessThan(own);
          }
        }
      }),
      seeded(300),
    );
  });
});

function reachable(rows: number, pairs: readonly (readonly [number, number])[]) {
  const from = Array.from({ length: rows }, (_, row) => new Set([row]));
  for (let round = 0; round < rows; round++)
    for (const [child, parent] of pairs) for (const further of from[parent]!) from[child]!.add(further);
  return (one: number, other: number) => from[one]!.has(other);
}
