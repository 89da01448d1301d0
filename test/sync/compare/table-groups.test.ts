import fc from "fast-check";
import { expect, test } from "vitest";
import type { LiveTable } from "../../../src/database/schema.ts";
import { tableGroups } from "../../../src/sync/compare/table-groups.ts";
import { seeded } from "../../support/cases.ts";

/** Edges between so many tables, from a child to its parent, and whether a row may be without it. */
const graphs = fc.integer({ min: 1, max: 9 }).chain((count) =>
  fc.record({
    count: fc.constant(count),
    edges: fc.array(
      fc.record({ child: fc.nat(count - 1), parent: fc.nat(count - 1), isFixed: fc.boolean() }),
      {
        maxLength: 14,
      },
    ),
  }),
);

type Graph = typeof graphs extends fc.Arbitrary<infer G> ? G : never;

const nameOf = (n: number) => `T${n}`;

const tablesOf = ({ count, edges }: Graph): LiveTable[] =>
  Array.from({ length: count }, (_, n) => {
    const own = edges.filter(({ child }) => child === n);
    const columns = own.map(({ isFixed }, i) => ({ name: `c${i}`, notNull: isFixed, primaryKey: 0 }));
    const references = own.map(({ parent }, i) => `c${i} REFERENCES ${nameOf(parent).toLowerCase()} (id)`);
    return {
      name: nameOf(n),
      columns,
      sql: `CREATE TABLE ${nameOf(n)} (id INTEGER PRIMARY KEY${references.map((one) => `, ${one}`).join("")})`,
      foreignKeys: own.map(({ parent }, i) => ({
        columns: [`c${i}`],
        parent: nameOf(parent),
        parentColumns: ["id"],
      })),
    } as unknown as LiveTable;
  });

/** By Warshall: which tables lead to which. */
function closure({ count, edges }: Graph): boolean[][] {
  const leads = Array.from({ length: count }, () => Array<boolean>(count).fill(false));
  for (const { child, parent } of edges) (leads[child] as boolean[])[parent] = true;
  for (let k = 0; k < count; k++)
    for (let i = 0; i < count; i++)
      for (let j = 0; j < count; j++) if (leads[i]?.[k] && leads[k]?.[j]) (leads[i] as boolean[])[j] = true;
  return leads;
}

test("Tables come in groups of those that lead to each other, behind all that they point to", () => {
  fc.assert(
    fc.property(graphs, fc.boolean(), (graph, isMissing) => {
      const tables = tablesOf(graph);
      const missing = isMissing ? tables.map(({ name }) => name) : [];
      const groups = tableGroups(tables, { missing });
      expect(groups.flat().toSorted()).toEqual(tables.map(({ name }) => name).toSorted());
      const leads = closure(graph);
      const groupOf = (n: number) => groups.findIndex((group) => group.includes(nameOf(n)));
      for (let i = 0; i < graph.count; i++)
        for (let j = 0; j < graph.count; j++)
          if (i !== j) {
            expect(groupOf(i) === groupOf(j)).toBe(Boolean(leads[i]?.[j] && leads[j]?.[i]));
            if (leads[i]?.[j]) expect(groupOf(j)).toBeLessThanOrEqual(groupOf(i));
          }
      // Without a circle of keys that rows cannot be without, none of these points ahead.
      const fixed = { ...graph, edges: graph.edges.filter(({ isFixed }) => isFixed) };
      const fixedLeads = closure(fixed);
      const order = groups.flat();
      for (const { child, parent } of fixed.edges) {
        if (child === parent || fixedLeads[parent]?.[child]) continue;
        expect(order.indexOf(nameOf(parent))).toBeLessThan(order.indexOf(nameOf(child)));
      }
    }),
    seeded(500),
  );
});
