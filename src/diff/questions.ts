import type { Key, OtherSchema, TableSchema } from "../archive/types.ts";
import type { Affinity } from "../database/affinity.ts";

/*
 * What two places ask each other to find out how their rows differ. One of them cuts a table into leaves of
 * about 256 KB and hashes each; the other hashes its own rows in the same ranges of keys, and where one differs
 * cuts it finer. In the finer leaves that differ, rows are told apart by their hashes, and only those that the
 * other does not have are sent.
 *
 * A place answers as many questions as it can at once, in their order; whoever asks goes on with the rest.
 */

/** The columns that are compared, by names that both places know; the key's are among them. */
export interface ComparedColumns {
  table: string;
  key: string[];
  columns: string[];
}

/** A range of keys by its upper end, null for none, and the hash of its rows, null where it is known to differ. */
export type HashedLeaf = [through: Key, hash: string | null];

/** Cuts the rows behind `after` into leaves. */
export interface CutQuestion extends ComparedColumns {
  ask: "cut";
  after: Key;
  /** About how long a leaf becomes, bytes of row text. */
  leafBytes: number;
}

export interface CutAnswer {
  leaves: [through: Key, hash: string][];
  rows: number;
  /** Where the next question goes on, the last leaf's end; absent at the table's end. */
  more?: true | undefined;
}

/** Compares leaves that stand one behind the other; the first begins behind `after`. */
export interface MatchQuestion extends ComparedColumns {
  ask: "match";
  after: Key;
  leaves: HashedLeaf[];
}

export interface MatchAnswer {
  /** Of the leaves that differ: their finer leaves. The first begins where the one before the differing one ends. */
  differ: { leaf: number; finer: [through: Key, hash: string][] }[];
  /** How many leaves this is of, from the first on: of the last perhaps a part, up to the end of its last finer leaf. */
  leaves: number;
  rows: number;
  /** Set where the last leaf goes on behind its last finer leaf. */
  more?: true | undefined;
}

/** The hashes of rows in leaves that differ; the first begins behind `after`. */
export interface HashesQuestion extends ComparedColumns {
  ask: "hashes";
  after: Key;
  leaves: HashedLeaf[];
}

export interface HashesAnswer {
  /** By leaf: null where its hash is the same, else its rows' hashes one behind the other, in key order. */
  leaves: (string | null)[];
}

/** The rows of some ranges that are not among those with these hashes, which stand one behind the other. */
export interface RowsQuestion extends ComparedColumns {
  ask: "rows";
  ranges: [after: Key, through: Key, except: string][];
}

export interface RowsAnswer {
  /** Of as many ranges as could be read, from the first on. */
  ranges: OtherRows[];
}

export interface OtherRows {
  /** Rows as lines of an archive. */
  lines: string[];
  /** Which of the hashes no row here has, by their position. */
  missing: number[];
}

export type Question = CutQuestion | MatchQuestion | HashesQuestion | RowsQuestion;

export type Answer = CutAnswer | MatchAnswer | HashesAnswer | RowsAnswer;

export type AnswerTo<Q extends Question> = {
  cut: CutAnswer;
  match: MatchAnswer;
  hashes: HashesAnswer;
  rows: RowsAnswer;
}[Q["ask"]];

/** A table as a place says it is. */
export interface DescribedTable {
  name: string;
  /** As an archive of its rows describes it; only where schemas are asked for. */
  schema?: TableSchema;
  /** Whether there is any row. */
  hasRows: boolean;
  /** Those that are stored, in their order. */
  columns: { name: string; type: string; affinity: Affinity }[];
  /** Null where nothing identifies a row in another database. */
  key: { columns: string[]; collations: string[] } | null;
  /** Set where `key` is null: why, for a person. */
  keyless?: string;
}

export interface Description {
  engine: string;
  /** How long a leaf may be here, bytes of row text. */
  leafBytes: number;
  tables: DescribedTable[];
  /** Indexes, triggers and views; none where schemas are not asked for. */
  others: Pick<OtherSchema, "type" | "name" | "table" | "sql">[];
  /** What was left out, for a person. */
  notes: string[];
}

/** A place whose rows are compared. */
export interface ComparedPlace {
  describe(asked?: { schemas?: boolean | undefined }): Promise<Description>;
  /**
   * Answers the first of the questions, as many as it can at once, at least one. `salt` is part of every hash, so
   * that nobody can make two rows that have the same.
   */
  ask(questions: readonly Question[], salt: string): Promise<Answer[]>;
}

/** About how long leaves are where nothing speaks against it, bytes of row text. */
export const LEAF_BYTES = 256_000;

/** The same of finer leaves, and the least of any leaf. */
export const FINER_BYTES = 16_000;

/** Characters of a row's hash, and of a finer leaf's: 48 bits. */
export const SHORT_HASH = 8;

/** Characters of a leaf's hash: 96 bits. */
export const LONG_HASH = 16;

/** The keys that a question names. */
export function keysIn(question: Question): NonNullable<Key>[] {
  const { ask } = question;
  const keys =
    ask === "rows"
      ? question.ranges.flatMap((range) => range.slice(0, 2) as Key[])
      : [question.after, ...(ask === "cut" ? [] : question.leaves.map(([through]) => through))];
  return keys.filter((key) => key !== null);
}
