/** A sync that is applied in one transaction. */
export interface Load {
  rows: number;
  /** Bytes of the longest column. */
  bodyBytes: number;
  /** Indexes, besides the table itself. */
  indexes: number;
  /** Every row is there already, with other values. */
  updates?: boolean;
}

/** What the cost of a transaction is measured at: bytes alone, entries alone, and both. */
export const LOADS: readonly Load[] = [
  { rows: 50_000, bodyBytes: 1_700, indexes: 1 },
  { rows: 200_000, bodyBytes: 1_700, indexes: 1 },
  { rows: 200_000, bodyBytes: 100, indexes: 1 },
  { rows: 200_000, bodyBytes: 100, indexes: 4 },
  { rows: 200_000, bodyBytes: 100, indexes: 8 },
  { rows: 200_000, bodyBytes: 100, indexes: 4, updates: true },
  { rows: 500_000, bodyBytes: 20, indexes: 0 },
  { rows: 500_000, bodyBytes: 20, indexes: 2 },
  { rows: 500_000, bodyBytes: 20, indexes: 8 },
];

/** No order of these is the order of the rows. */
export const INDEXES = [
  "author",
  "title",
  "score",
  "date",
  "author, date",
  "title, score",
  "date, author",
  "score, author",
] as const;
