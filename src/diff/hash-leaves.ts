import type { Range } from "../archive/types.ts";
import type { Budget } from "../budget.ts";
import type { Bytes } from "../bytes.ts";
import type { LiveTable } from "../database/schema.ts";
import { type FrameTable, namesSize } from "../frames/frame-table.ts";
import { digestOf, type LeafDigest, type LeafDigests } from "./leaf-digests.ts";
import { leafRanges } from "./leaf-ranges.ts";
import { type LeafReader, SIZED_AT_ONCE } from "./leaf-reader.ts";
import { type LeafText, leafText } from "./leaf-text.ts";
import type { HashAnswer, HashQuestion } from "./questions.ts";
import { outOfOrder } from "./refusals.ts";

/** Ranges that are read at once before it is known how long they are; of texts that are written, a long one comes as none. */
const FIRST_AT_ONCE = { read: 8, written: 16 };

/** Parameters of a statement that keys which part a range may take. */
const MARK_PARAMETERS = 60;

/** Hashes so far, and of how many rows, and bytes of their lines, they are. */
interface Hashed extends HashAnswer {
  bytes: number;
}

export interface HashLeavesOptions {
  live: LiveTable;
  budget: Pick<Budget, "allows" | "spend">;
  hashOf(digest: Bytes): Promise<string>;
  /** Those that are known already. @default none */
  digests?: LeafDigests | undefined;
  /** Something is hashed, whatever the budget says. */
  first: boolean;
}

/** Hashes leaves until the budget ends: null where it ends before the first. */
export function hashLeaves(
  reader: LeafReader,
  table: FrameTable,
  question: Pick<HashQuestion, "after" | "ends">,
  options: HashLeavesOptions,
): Promise<HashAnswer | null> {
  return new LeafHashing(reader, table, options).hash(question);
}

class LeafHashing {
  readonly #reader: LeafReader;
  readonly #table: FrameTable;
  readonly #options: HashLeavesOptions;
  readonly #answer: Hashed = { hashes: [], rows: 0, bytes: 0 };
  /** What a line has beside the cells that are hashed: leaves are as long as their lines. */
  readonly #namesBytes: number;
  /** By SQLite, as far as it can. */
  #isWritten: boolean;

  constructor(reader: LeafReader, table: FrameTable, options: HashLeavesOptions) {
    this.#reader = reader;
    this.#table = table;
    this.#options = options;
    this.#namesBytes = namesSize(table);
    this.#isWritten = reader.writesTexts(table);
  }

  async hash({ after, ends }: Pick<HashQuestion, "after" | "ends">): Promise<HashAnswer | null> {
    const { budget, live, first } = this.#options;
    const answer = this.#answer;
    const { readBytes } = this.#reader;
    const ranges = leafRanges(after, ends);
    if (ranges.slice(0, -1).some(({ through }) => through === null)) throw outOfOrder(live);
    while (answer.hashes.length < ranges.length) {
      const done = answer.hashes.length;
      const known = this.#known(ranges[done] as Range);
      if (known !== undefined) {
        await this.#take([known]);
        continue;
      }
      const group = this.#unknown(ranges.slice(done, done + this.#atOnce()));
      const expected = done === 0 ? readBytes : (answer.bytes / done) * group.length;
      if ((done > 0 || !first) && !budget.allows(3, expected)) break;
      await this.#reader.requireOrder(live, group);
      if (!(await (this.#isWritten ? this.#hashWritten(group) : this.#hashRead(group)))) break;
    }
    const { hashes, rows } = answer;
    return hashes.length === 0 ? null : { hashes, rows };
  }

  /** How many ranges are likely to be no longer than what is read at once. */
  #atOnce(): number {
    const { hashes, bytes } = this.#answer;
    const most = Math.min(SIZED_AT_ONCE, 1 + Math.floor(MARK_PARAMETERS / this.#table.key.length));
    if (hashes.length === 0) return Math.min(most, FIRST_AT_ONCE[this.#isWritten ? "written" : "read"]);
    const each = (1.1 * bytes) / hashes.length + 1;
    return Math.max(1, Math.min(most, Math.floor(this.#reader.readBytes / each)));
  }

  #known(range: Range): LeafDigest | undefined {
    return this.#options.digests?.get(this.#table, range);
  }

  /** The first of them, until one is known. */
  #unknown(ranges: readonly Range[]): Range[] {
    const end = ranges.findIndex((range) => this.#known(range) !== undefined);
    return end < 0 ? [...ranges] : ranges.slice(0, end);
  }

  /** Of what SQLite does not write the rows are read. False where the budget ends. */
  async #hashWritten(ranges: readonly Range[]): Promise<boolean> {
    const texts = await this.#reader.writtenTexts(this.#table, ranges);
    const others = texts.filter((text) => text === null).length;
    // Most of the table is likely to be the same.
    if (others > texts.length / 2) this.#isWritten = false;
    for (let from = 0; from < ranges.length; ) {
      const isNone = texts[from] === null;
      const end = texts.findIndex((text, i) => i > from && (text === null) !== isNone);
      const run = ranges.slice(from, end < 0 ? undefined : end);
      const written = texts.slice(from, from + run.length).filter((text) => text !== null);
      if (!isNone) await this.#hashParts(run, written);
      else if (!(await this.#hashSized(run))) return false;
      from += run.length;
    }
    return true;
  }

  /** The rows of all of them at once, unless there are none, or they are long. */
  async #hashRead(ranges: readonly Range[]): Promise<boolean> {
    const parts = await this.#reader.readParts(this.#table, ranges, { mostBytes: this.#reader.readBytes });
    if (!parts.some((rows) => rows.length > 0)) return this.#hashSized(ranges);
    await this.#hashParts(ranges, parts.map(leafText));
    return true;
  }

  async #hashParts(ranges: readonly Range[], parts: readonly LeafText[]): Promise<void> {
    const read = parts.map(async ({ rows, text }, i): Promise<LeafDigest> => {
      this.#options.budget.spend(0, text.length);
      const bytes = text.length + rows * this.#namesBytes;
      const digest = { digest: await digestOf(text), rows, bytes };
      this.#options.digests?.set(this.#table, ranges[i] as Range, digest);
      return digest;
    });
    await this.#take(await Promise.all(read));
  }

  async #take(digests: readonly LeafDigest[]): Promise<void> {
    const answer = this.#answer;
    for (const { rows, bytes } of digests) {
      answer.bytes += bytes;
      answer.rows += rows;
    }
    answer.hashes.push(...(await Promise.all(digests.map(({ digest }) => this.#options.hashOf(digest)))));
  }

  /** The same of ranges that have no rows, or more than are read at once. False where the budget ends. */
  async #hashSized(ranges: readonly Range[]): Promise<boolean> {
    const { hashes } = this.#answer;
    const { budget, first } = this.#options;
    const sizes = await this.#reader.sizes(this.#table, ranges);
    for (let from = 0; from < ranges.length; ) {
      const group = this.#reader.together(sizes.slice(from));
      const bytes = group.reduce((sum, one) => sum + one.bytes, 0);
      if ((hashes.length > 0 || !first) && !budget.allows(2, bytes)) return false;
      if (group.length === 0) {
        hashes.push(null);
        from++;
        continue;
      }
      const read = ranges.slice(from, from + group.length);
      await this.#hashParts(read, (await this.#reader.readParts(this.#table, read)).map(leafText));
      from += group.length;
    }
    return true;
  }
}
