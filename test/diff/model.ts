import { DatabaseSync } from "node:sqlite";
import { literal, quote } from "../../src/database/sql/syntax.ts";
import type { TableDifference } from "../../src/diff/index.ts";

/** What SQLite can be asked for itself. */
export type CountedTable = Omit<TableDifference, "unchanged" | "cells">;

interface Asked {
  table: string;
  key: readonly string[];
  columns: readonly string[];
}

/** How the rows of two SQLite files differ, by SQLite's own comparison of keys and cells. */
export function countDifferences(
  left: string,
  right: string,
  tables: readonly Asked[],
): Map<string, CountedTable> {
  const model = new DatabaseSync(":memory:");
  try {
    model.exec(`ATTACH ${literal(left)} AS one; ATTACH ${literal(right)} AS two`);
    return new Map(tables.map((asked) => [asked.table, countTable(model, asked)]));
  } finally {
    model.close();
  }
}

function countTable(model: DatabaseSync, { table, key, columns }: Asked): CountedTable {
  const [one, two] = [`one.${quote(table)}`, `two.${quote(table)}`];
  const count = (sql: string) => Number(model.prepare(`SELECT count(*) AS n FROM ${sql}`).get()?.n);
  const same = key.map((name) => `a.${quote(name)} = b.${quote(name)}`).join(" AND ");
  const differ = columns.map(
    (name) =>
      `(a.${quote(name)} COLLATE BINARY IS NOT b.${quote(name)} OR typeof(a.${quote(name)}) <> typeof(b.${quote(name)})
        OR (typeof(a.${quote(name)}) = 'real' AND a.${quote(name)} = 0 AND atan2(a.${quote(name)}, -1) <> atan2(b.${quote(name)}, -1)))`,
  );
  // More than D1's hundred columns are asked about in groups.
  const groups = Array.from({ length: Math.ceil(differ.length / 90) }, (_, i) =>
    differ.slice(i * 90, i * 90 + 90).join(" OR "),
  );
  return {
    table,
    left: count(one),
    right: count(two),
    added: count(`${two} AS b WHERE NOT EXISTS (SELECT 1 FROM ${one} AS a WHERE ${same})`),
    deleted: count(`${one} AS a WHERE NOT EXISTS (SELECT 1 FROM ${two} AS b WHERE ${same})`),
    changed: count(`${one} AS a JOIN ${two} AS b ON ${same} WHERE (${groups.join(") OR (")})`),
  };
}
