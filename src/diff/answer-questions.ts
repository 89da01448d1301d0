import { bytesToBase64 } from "../archive/cells.ts";
import type { Cell, Key, Range, Row } from "../archive/types.ts";
import type { Budget } from "../budget.ts";
import { affinityOf } from "../database/affinity.ts";
import type { Database } from "../database/port.ts";
import type { LiveTable } from "../database/schema.ts";
import { cellSql } from "../database/sql/cell-parameter.ts";
import { inRange } from "../database/sql/key-range.ts";
import type { Params } from "../database/sql/params.ts";
import { evaluate, type Scalar } from "../database/sql/scalars.ts";
import { quote, tuple } from "../database/sql/syntax.ts";
import { FerryError } from "../errors.ts";
import { type FrameTable, lineSize } from "../frames/frame-table.ts";
import { type RangeRows, type ReadRangeOptions, readRange, textLength } from "../frames/read-range.ts";
import { scanRanges } from "../frames/scan-ranges.ts";
import {
  type Answer,
  type ComparedColumns,
  type CutAnswer,
  type CutQuestion,
  FINER_BYTES,
  type HashesAnswer,
  type HashesQuestion,
  keysIn,
  LONG_HASH,
  type MatchAnswer,
  type MatchQuestion,
  type OtherRows,
  type Question,
  type RowsAnswer,
  type RowsQuestion,
  SHORT_HASH,
} from "./questions.ts";

/** Leaves that one answer has at the most, so that another place can compare them while the next ones are cut. */
const LEAVES_AT_ONCE = 64;

/** Bytes of rows in an answer at the most, about. */
const ANSWER_BYTES = 2_000_000;

/** Bytes of rows that are read at once, where the other place's leaf does not say how many there are. */
const READ_BYTES = 1_000_000;

/** Bytes of rows that a range may hold whose leaves are known already: a few long rows, and what was written meanwhile. */
const LONGEST_BYTES = 4_000_000;

/** Parameters of a statement that keys which part a range may take. */
const MARK_PARAMETERS = 60;

export interface AnswerOptions {
  /** The table as it stands here; rejects where there is none, or whoever asks may not read it. */
  table(name: string): LiveTable;
  budget: Pick<Budget, "allows" | "spend">;
  salt: string;
  /** About how long a finer leaf becomes, bytes of row text. @default 16,000 */
  finerBytes?: number | undefined;
  /** Bytes of rows that are read at once where nobody knows how many there are. @default 1,000,000 */
  readBytes?: number | undefined;
}

/** Answers questions in their order until the budget ends; the first in any case. */
export async function answerQuestions(
  database: Database,
  questions: readonly Question[],
  options: AnswerOptions,
): Promise<Answer[]> {
  const answers: Answer[] = [];
  const teller = new Teller(database, options);
  let bytes = 0;
  for (const question of questions) {
    if (answers.length > 0 && (bytes > ANSWER_BYTES || !options.budget.allows(2, FINER_BYTES))) break;
    const answer = await teller.answer(question, { first: answers.length === 0 });
    if (answer === null) break;
    answers.push(answer);
    bytes += JSON.stringify(answer).length;
  }
  return answers;
}

class Teller {
  readonly #database: Database;
  readonly #options: AnswerOptions;
  readonly #finerBytes: number;
  readonly #readBytes: number;

  constructor(database: Database, options: AnswerOptions) {
    this.#database = database;
    this.#options = options;
    this.#finerBytes = options.finerBytes ?? FINER_BYTES;
    this.#readBytes = options.readBytes ?? READ_BYTES;
  }

  /** Null where the budget ends before there is anything to tell. */
  async answer(question: Question, { first }: { first: boolean }): Promise<Answer | null> {
    const table = this.#view(question);
    if (keysIn(question).some((key) => key.length !== table.key.length))
      throw notComparable(`The key of "${table.name}" has another number of columns`);
    switch (question.ask) {
      case "cut":
        return this.#cut(table, question, first);
      case "match":
        return this.#match(table, question, first);
      case "hashes":
        return this.#hashes(table, question);
      case "rows":
        return this.#rows(table, question, first);
    }
  }

  async #cut(
    table: FrameTable,
    { after, leafBytes }: CutQuestion,
    first: boolean,
  ): Promise<CutAnswer | null> {
    const { budget } = this.#options;
    const { ranges, more } = await scanRanges(this.#database, table, { after, frameBytes: leafBytes });
    const answer: CutAnswer = { leaves: [], rows: 0 };
    for (const range of ranges) {
      const begun = answer.leaves.length > 0 || !first;
      if (begun && !budget.allows(2, leafBytes))
        return answer.leaves.length === 0 ? null : { ...answer, more: true };
      if (answer.leaves.length === LEAVES_AT_ONCE) return { ...answer, more: true };
      const lines = await this.#read(table, range);
      answer.leaves.push([range.through, await this.#hash(lines, LONG_HASH)]);
      answer.rows += lines.length;
    }
    return more ? { ...answer, more: true } : answer;
  }

  async #match(table: FrameTable, question: MatchQuestion, first: boolean): Promise<MatchAnswer | null> {
    const { budget } = this.#options;
    const answer: MatchAnswer = { differ: [], leaves: 0, rows: 0 };
    const ranges = rangesOf(question.after, question.leaves);
    await this.#requireOrder(question.table, ranges);
    for (let next = 0; next < ranges.length; next += SIZED_AT_ONCE) {
      const group = ranges.slice(next, next + SIZED_AT_ONCE);
      if ((next > 0 || !first) && !budget.allows(2)) return next === 0 ? null : answer;
      const sizes = await this.#sizes(table, group);
      for (const [i, range] of group.entries()) {
        const leaf = next + i;
        const begun = leaf > 0 || !first;
        const bytes = sizes[i] as number;
        if (begun && !budget.allows(2, Math.min(bytes, this.#readBytes))) return leaf === 0 ? null : answer;
        answer.leaves = leaf + 1;
        const [, hash] = question.leaves[leaf] as [Key, string | null];
        if (bytes > this.#readBytes) {
          // Far more than what the other has: it differs in any case.
          const part = await this.#cutFiner(table, range);
          answer.differ.push({ leaf, finer: part.finer });
          answer.rows += part.rows;
          if (part.more) return { ...answer, more: true };
          continue;
        }
        const lines = await this.#read(table, range);
        answer.rows += lines.length;
        if (hash !== null && (await this.#hash(lines, LONG_HASH)) === hash) continue;
        answer.differ.push({ leaf, finer: await this.#finer(table, lines, range.through) });
      }
    }
    return answer;
  }

  /** The finer leaves of as much as is read at once. */
  async #cutFiner(
    table: FrameTable,
    range: Range,
  ): Promise<{ finer: [Key, string][]; rows: number; more: boolean }> {
    const where = (params: Params) => inRange(table.key.map(quote), range, params);
    const { ranges } = await scanRanges(this.#database, table, {
      after: range.after,
      frameBytes: this.#readBytes,
      where,
    });
    const through = ranges[0]?.through ?? null;
    const lines = await this.#read(table, { after: range.after, through }, where);
    return {
      finer: await this.#finer(table, lines, through ?? range.through),
      rows: lines.length,
      more: through !== null,
    };
  }

  async #finer(table: FrameTable, lines: readonly string[], through: Key): Promise<[Key, string][]> {
    const finer: [Key, string][] = [];
    let from = 0;
    let bytes = 0;
    for (const [i, line] of lines.entries()) {
      bytes += line.length + 2;
      if (bytes < this.#finerBytes || i === lines.length - 1) continue;
      finer.push([keyOf(table, line), await this.#hash(lines.slice(from, i + 1), SHORT_HASH)]);
      [from, bytes] = [i + 1, 0];
    }
    finer.push([through, await this.#hash(lines.slice(from), SHORT_HASH)]);
    return finer;
  }

  async #hashes(table: FrameTable, question: HashesQuestion): Promise<HashesAnswer> {
    const { after, leaves } = question;
    const found: (string | null)[] = [];
    await this.#requireOrder(question.table, rangesOf(after, leaves));
    await this.#refuseLong(table, [{ after, through: leaves.at(-1)?.[0] ?? null }]);
    const atOnce = Math.max(1, Math.floor(MARK_PARAMETERS / table.key.length));
    let from = after;
    for (let next = 0; next < leaves.length; next += atOnce) {
      const group = leaves.slice(next, next + atOnce);
      const [through] = group.at(-1) as [Key, string | null];
      const marks = group.slice(0, -1).map(([key]) => key as Cell[]);
      const { lines, parts = [] } = await this.#readWith(table, { range: { after: from, through }, marks });
      let at = 0;
      for (const [i, [, hash]] of group.entries()) {
        const begun = at;
        while (at < lines.length && parts[at] === i) at++;
        const own = lines.slice(begun, at);
        const same = hash !== null && (await this.#hash(own, SHORT_HASH)) === hash;
        found.push(same ? null : await this.#rowHashes(own));
      }
      from = through;
    }
    return { leaves: found };
  }

  async #rows(table: FrameTable, { ranges }: RowsQuestion, first: boolean): Promise<RowsAnswer | null> {
    const { budget } = this.#options;
    const found: OtherRows[] = [];
    let bytes = 0;
    for (let next = 0; next < ranges.length; next += SIZED_AT_ONCE) {
      const group = ranges.slice(next, next + SIZED_AT_ONCE);
      if ((next > 0 || !first) && !budget.allows(2)) break;
      await this.#refuseLong(
        table,
        group.map(([after, through]) => ({ after, through })),
      );
      for (const [after, through, except] of group) {
        const full = bytes > ANSWER_BYTES || ((found.length > 0 || !first) && !budget.allows(2, FINER_BYTES));
        if (full) return found.length === 0 ? null : { ranges: found };
        const others = await this.#otherRows(await this.#read(table, { after, through }), except);
        bytes += textLength(others.lines);
        found.push(others);
      }
    }
    return found.length === 0 && ranges.length > 0 ? null : { ranges: found };
  }

  async #otherRows(lines: readonly string[], except: string): Promise<OtherRows> {
    const places = new Map<string, number[]>();
    for (const [i, hash] of split(except).entries()) {
      const known = places.get(hash);
      if (known === undefined) places.set(hash, [i]);
      else known.push(i);
    }
    const others: string[] = [];
    for (const [i, hash] of split(await this.#rowHashes(lines)).entries()) {
      if (places.get(hash)?.shift() === undefined) others.push(lines[i] as string);
    }
    return { lines: others, missing: [...places.values()].flat().sort((a, b) => a - b) };
  }

  /** Leaves have to stand one behind the other: in others an end would never be reached, or rows be missed. */
  async #requireOrder(table: string, ranges: readonly Range[]): Promise<void> {
    const { key, keyCollations } = this.#options.table(table);
    const collated = key.columns.map((name) => {
      const own = keyCollations?.get(name);
      return own === undefined ? "" : ` COLLATE ${quote(own)}`;
    });
    const scalars = ranges.flatMap(({ after, through }): Scalar[] => {
      if (after === null || through === null) return [];
      const cells = (one: readonly Cell[], params: Params) =>
        tuple(one.map((cell, i) => `${cellSql(cell, params)}${collated[i]}`));
      return [(params) => `SELECT ${cells(after, params)} <= ${cells(through, params)}`];
    });
    const inOrder =
      ranges.every(({ through }, i) => through !== null || i === ranges.length - 1) &&
      (await evaluate(this.#database, scalars)).values.every((value) => value === 1);
    if (!inOrder) throw notComparable(`Keys of "${table}" were asked for that do not follow each other`);
  }

  /** What others ask for has to fit the memory of a Worker. */
  async #refuseLong(table: FrameTable, ranges: readonly Range[]): Promise<void> {
    const sizes = await this.#sizes(table, ranges);
    if (sizes.every((bytes) => bytes <= LONGEST_BYTES)) return;
    throw new FerryError("PLAN_STALE", `Rows of "${table.name}" were written while they were compared`, {
      hint: "Compare again.",
    });
  }

  async #read(table: FrameTable, range: Range, where?: ReadRangeOptions["where"]): Promise<string[]> {
    return (await this.#readWith(table, { range, where })).lines;
  }

  async #readWith(table: FrameTable, options: ReadRangeOptions): Promise<RangeRows> {
    const read = await readRange(this.#database, table, options);
    this.#options.budget.spend(0, textLength(read.lines));
    return read;
  }

  /** Bytes of rows in each range, about: no content is read for it. */
  async #sizes(table: FrameTable, ranges: readonly Range[]): Promise<number[]> {
    const key = table.key.map(quote);
    const scalars = ranges.map(
      (range): Scalar =>
        (params) =>
          `SELECT ifnull(sum(${lineSize(table)}), 0) FROM ${quote(table.name)} WHERE ${inRange(key, range, params)}`,
    );
    const { values } = await evaluate(this.#database, scalars);
    return values.map(Number);
  }

  async #rowHashes(lines: readonly string[]): Promise<string> {
    const hashes = await Promise.all(lines.map((line) => this.#hash([line], SHORT_HASH)));
    return hashes.join("");
  }

  async #hash(lines: readonly string[], characters: number): Promise<string> {
    const text = new TextEncoder().encode(`${this.#options.salt}\n${lines.join(",\n")}`);
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", text));
    return bytesToBase64(digest.subarray(0, (characters * 3) / 4));
  }

  /** The table with the columns that are compared, under the names that they were asked for by. */
  #view({ table: name, key, columns }: ComparedColumns): FrameTable {
    const live = this.#options.table(name);
    const own = new Map(live.columns.map((column) => [column.name.toLowerCase(), column]));
    const rowid = live.key.kind === "rowid" ? live.key.columns[0]?.toLowerCase() : undefined;
    const compared = columns.map((column) => {
      const found = own.get(column.toLowerCase());
      if (found !== undefined && found.generated === null)
        return { name: column, affinity: affinityOf(found.type, live) };
      if (column.toLowerCase() === rowid) return { name: column, affinity: affinityOf("INTEGER") };
      throw notComparable(`"${live.name}" has no column "${column}" that is stored`);
    });
    const keys = live.key.columns.map((column) => column.toLowerCase());
    if (
      key.length !== keys.length ||
      key.some((column, i) => column.toLowerCase() !== keys[i] || !columns.includes(column))
    )
      throw notComparable(`The key of "${live.name}" is ${live.key.columns.join(", ")}`);
    return { name: live.name, key, columns: compared };
  }
}

/** Ranges whose sizes are asked for at once. */
const SIZED_AT_ONCE = 16;

function rangesOf(after: Key, leaves: readonly (readonly [Key, unknown])[]): Range[] {
  return leaves.map(([through], i) => ({
    after: i === 0 ? after : (leaves[i - 1] as [Key, unknown])[0],
    through,
  }));
}

function split(hashes: string): string[] {
  const found: string[] = [];
  for (let i = 0; i < hashes.length; i += SHORT_HASH) found.push(hashes.slice(i, i + SHORT_HASH));
  return found;
}

/** The key of a row from its line. */
export function keyOf({ key }: Pick<FrameTable, "key">, line: string): Cell[] {
  const row = JSON.parse(line) as Row;
  return key.map((name) => row[name] as Cell);
}

function notComparable(why: string): FerryError {
  return new FerryError("INVALID_REQUEST", `${why}; nothing was compared`, {
    hint: "The schema changed, or the question was made for another database: compare again.",
  });
}
