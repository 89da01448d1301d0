export const ROWS = 60_000;

/** Which of the target's rows differ from the source's: each n-th. */
export interface Change {
  name: string;
  /** 0 for an empty target, Infinity for one that is the same. */
  each: number;
}

export const CHANGES: readonly Change[] = [
  { name: "empty target", each: 0 },
  { name: "nothing changed", each: Number.POSITIVE_INFINITY },
  { name: "0.1 % of the rows changed", each: 1000 },
  { name: "a tenth changed", each: 10 },
  { name: "all changed", each: 1 },
];

/** A table and four indexes, none of them over what changes. */
export const SCHEMA = [
  `CREATE TABLE items (id INTEGER PRIMARY KEY, name TEXT NOT NULL, slug TEXT UNIQUE, body TEXT, author INTEGER,
    score REAL, state TEXT, created TEXT, views INTEGER)`,
  ...["author", "state, created", "score"].map(
    (columns) => `CREATE INDEX "by ${columns}" ON items (${columns})`,
  ),
];

export const EACH_ROW = `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${ROWS})
  INSERT INTO items SELECT i, 'Name of ' || i, 'slug-' || i, 'A body of some words, number ' || i || ', and a few more of them',
    i % 977, i / 7.0, iif(i % 3, 'live', 'draft'), '2026-01-' || (i % 28 + 1), i % 1000 FROM n`;

/** What makes the source's rows the target's. */
export function before({ each }: Change): string[] {
  if (each === 0) return ["DELETE FROM items"];
  if (!Number.isFinite(each)) return [];
  return [`UPDATE items SET body = 'another ' || id, views = views + 1 WHERE id % ${each} = 0`];
}
