import type { Key, OtherSchema, TableSchema } from "../archive/types.ts";
import type { Affinity } from "../database/affinity.ts";

/*
 * What two places ask each other to find out how their rows differ. One of them cuts a table into leaves of
 * about 48 KB, and both hash their own rows in the same ranges of keys. Of a leaf that differs the second one
 * tells marks, a few bits for each of some buckets that rows fall into by their keys (marks.ts). The first one
 * answers its rows in the buckets that differ, and which buckets these are; then the second one answers its rows
 * in them. Both tell a hash of all other rows of the leaf: where these are the same, nothing was missed.
 *
 * A place answers as many questions as it can at once, in their order; whoever asks goes on with the rest.
 */

/** The columns that are compared, by names that both places know; the key's are among them. */
export interface ComparedColumns {
  table: string;
  key: string[];
  columns: string[];
}

/** The same as it is asked: of columns that are all in both places, in one order, by a checksum. */
export interface AskedColumns extends Omit<ComparedColumns, "columns"> {
  columns: string[] | number;
}

/** Cuts the rows behind `after` into leaves. */
export interface CutQuestion extends AskedColumns {
  ask: "cut";
  after: Key;
  /** Where to stop. @default the table's end */
  through?: Key | undefined;
  /** About how long a leaf becomes, bytes of row text. */
  leafBytes: number;
}

export interface CutAnswer {
  /** Where the leaves end; the last one, unless there are more, where it was to stop. */
  ends: Key[];
  /** Set where the next question goes on behind the last end. */
  more?: true | undefined;
}

/** Hashes the rows of ranges that stand one behind the other; the first begins behind `after`. */
export interface HashQuestion extends AskedColumns {
  ask: "hash";
  after: Key;
  ends: Key[];
}

export interface HashAnswer {
  /** Of the first ranges. Null of one that is too long here to be read at once: it has to be cut. */
  hashes: (string | null)[];
  /** Rows in them, as far as they were read. */
  rows: number;
}

/** The marks of ranges that differ. */
export interface MarksQuestion extends AskedColumns {
  ask: "marks";
  ranges: [after: Key, through: Key][];
  /** Buckets of each tier. */
  width: number;
}

export interface MarksAnswer {
  /** Of the first ranges. */
  marks: string[];
}

/** Which rows of a range: all, those whose buckets all have other marks than these, or those in these buckets. */
export type WantedRows = null | { marks: string } | { buckets: string };

/** The rows of ranges that differ. */
export interface RowsQuestion extends AskedColumns {
  ask: "rows";
  ranges: [after: Key, through: Key, wanted: WantedRows][];
  width: number;
}

export interface RowsAnswer {
  /** Of as many ranges as could be read, from the first on. */
  ranges: RangeAnswer[];
}

export interface RangeAnswer {
  /** The wanted rows, as lines of an archive. */
  lines: string[];
  /** A hash of the other rows. */
  rest: string;
  /** Where marks were sent: the buckets that have others here. */
  buckets?: string | undefined;
}

/** How a table is made. */
export interface SchemaQuestion {
  ask: "schema";
  table: string;
}

export interface SchemaAnswer {
  /** As an archive of its rows describes it. */
  schema: TableSchema;
}

/** Those about rows. */
export type RowQuestion = CutQuestion | HashQuestion | MarksQuestion | RowsQuestion;

export type Question = RowQuestion | SchemaQuestion;

export type Answer = CutAnswer | HashAnswer | MarksAnswer | RowsAnswer | SchemaAnswer;

export type AnswerTo<Q extends Question> = {
  cut: CutAnswer;
  hash: HashAnswer;
  marks: MarksAnswer;
  rows: RowsAnswer;
  schema: SchemaAnswer;
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
  /** Set where nothing but their rowids tells its rows apart: the name by which these are known. */
  rowid?: string;
  /** The name of a rowid that it has beside a key which may hold NULLs, or orders texts in a way of its own. */
  hiddenRowid?: string;
  /** The first leaves of `leafBytes`, as a "cut" would answer them; of some tables, where leaves are asked for. */
  leaves?: CutAnswer;
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

/** What a description has beside what it always has. */
export interface DescriptionAsked {
  /** How tables, indexes, triggers and views are made. @default false */
  schemas?: boolean | undefined;
  /** The leaves of tables, so that nobody has to ask for them. @default false */
  leaves?: boolean | undefined;
}

/** A place whose rows are compared. */
export interface ComparedPlace {
  describe(asked?: DescriptionAsked): Promise<Description>;
  /**
   * Answers the first of the questions, as many as it can at once, at least one. `salt` is part of every hash, so
   * that nobody can make two rows that have the same.
   */
  ask(questions: readonly Question[], salt: string): Promise<Answer[]>;
  /** Both in one call; where something is wrong with the questions, it rejects. @default they are two */
  describeAndAsk?(
    asked: DescriptionAsked,
    questions: readonly Question[],
    salt: string,
  ): Promise<{ description: Description; answers: Answer[] }>;
}

/** About how long leaves are where nothing speaks against it, bytes of row text. */
export const LEAF_BYTES = 48_000;

/** The least of any leaf. */
export const SMALLEST_LEAF_BYTES = 16_000;

/** Leaves that are told at once, so that places can compare them while the next ones are cut. */
export const LEAVES_AT_ONCE = 512;

/** Leaves of a table, those of leaves that were cut again among them: some 50 GB of rows. Beyond that they are an enemy's. */
export const MOST_LEAVES = 1_000_000;

/** Characters of a hash: 48 bits. */
export const HASH_LENGTH = 8;

/** The keys that a question names. */
export function keysIn(question: Question): NonNullable<Key>[] {
  return keysOf(question).filter((key) => key != null);
}

function keysOf(question: Question): (Key | undefined)[] {
  switch (question.ask) {
    case "cut":
      return [question.after, question.through];
    case "hash":
      return [question.after, ...question.ends];
    case "marks":
      return question.ranges.flat();
    case "rows":
      return question.ranges.flatMap((range) => range.slice(0, 2) as Key[]);
    case "schema":
      return [];
  }
}
