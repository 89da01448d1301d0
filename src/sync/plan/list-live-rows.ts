import { sha256Hex } from "../../archive/sha256.ts";
import type { Key } from "../../archive/types.ts";
import { withTerms } from "../../database/fts5/contentless-rows.ts";
import type { Params } from "../../database/sql/params.ts";
import { rowSize } from "../../database/sql/row-size.ts";
import { evaluate, type Scalar } from "../../database/sql/scalars.ts";
import { quote } from "../../database/sql/syntax.ts";
import { type FrameTable, frameTable } from "../../frames/frame-table.ts";
import { readRange, textLength } from "../../frames/read-range.ts";
import { scanRanges } from "../../frames/scan-ranges.ts";
import { type ConflictSite, isListed, updateScalars } from "../compare/index.ts";
import { asOurs, type ListingProgress, type RunContext, type TablePlan } from "../run/index.ts";
import {
  cutSlices,
  type IncomingRows,
  keyedFirst,
  type ListedPart,
  type ListedRows,
  type LiveList as ListName,
  listStatements,
  narrowTable,
  type PartPlace,
  type SliceLimits,
  type Staged,
  type StagedPart,
  type StagedTable,
  stageLines,
} from "../stage/index.ts";

/*
 * The live rows that a plan writes over or deletes are kept beside the staged ones, as they are: by them
 * the apply sees that nothing has moved since. They are read by the code that exports tables, for SQL hands
 * no cell over exactly by itself.
 */

/** Some live rows to list. */
interface LiveList {
  list: ListName;
  table: StagedTable;
  /** The listed rows whose live rows these are; null where a condition says it. */
  writes: IncomingRows | null;
  /** True in SQL for the rows. */
  where(params: Params): string;
  place: PartPlace;
}

export interface ListingInput {
  /** All that is staged. */
  staged: Staged;
  /** What the plan writes of it. */
  listed: ListedRows;
  /** The same, by parts. */
  parts: readonly StagedPart[];
  /** Tables that are written anew as a whole. */
  cleared: readonly StagedTable[];
  /** True in SQL for the live rows of a table that go; null where none do. */
  deleted(table: StagedTable): LiveList["where"] | null;
  tables: Readonly<Record<string, TablePlan>>;
  /** How much one of many transactions carries. */
  limits: SliceLimits;
  /** Where rows are moved out of each other's way: what is moved has to be written again. */
  displacing: readonly ConflictSite[];
}

/** Bytes of live rows that are read at once. */
const READ_BYTES = 1_000_000;

/** Bytes of lists that are sent at once. */
const SENT_BYTES = 4_000_000;

/**
 * Reads what is to be written over and deleted into lists, the first of it in any case. "stopped" where the
 * budget ends first, and `progress` says where to go on; "nothing" where there is no more to read.
 */
export async function listLiveRows(
  context: RunContext,
  input: ListingInput,
  progress: { listing: ListingProgress | null },
): Promise<"read" | "stopped" | "nothing"> {
  const lists = liveLists(input);
  if (lists.length === 0) {
    progress.listing = { columns: [], bytes: [], done: 0, after: null, pieces: 0 };
    return "nothing";
  }
  progress.listing ??= await describeLists(context, lists, input.displacing);
  const { listing } = progress;
  if (listing.done === lists.length) return "nothing";
  const reader = new ListReader(context, listing);
  for (let next = listing.done; next < lists.length; next++) {
    if (!(await reader.read(lists[next] as LiveList))) return "stopped";
  }
  await reader.flush();
  return "read";
}

function liveLists({ staged, listed, parts, tables, limits, ...input }: ListingInput): LiveList[] {
  const isCleared = ({ table: { name } }: StagedTable) =>
    input.cleared.some(({ table }) => table.name === name);
  const cleared = listed.writes.tables.filter(isCleared);
  const updated = listed.writes.tables.filter((table) => !cleared.includes(table));
  return [
    ...cleared.map(
      (table, i): LiveList => ({
        list: "before",
        table,
        writes: null,
        where: () => "1",
        place: { seq: -1 - i, part: 0 },
      }),
    ),
    ...updated.flatMap((table) => updateLists(table, parts, limits)),
    ...staged.tables.flatMap((table, seq) => {
      const { name } = table.table;
      if (cleared.some((one) => one.table.name === name)) return [];
      const where = input.deleted(table);
      return where === null || tables[name]?.live === 0
        ? []
        : [{ list: "delete" as const, table, writes: null, where, place: { seq, part: 0 } }];
    }),
  ];
}

/** One for each slice, so that each of many transactions finds its own. */
function updateLists(table: StagedTable, parts: readonly StagedPart[], limits: SliceLimits): LiveList[] {
  // As the apply cuts them, so that none has the rows of two.
  return cutSlices(keyedFirst(table, parts), limits).flatMap((slice) => {
    const narrowed = narrowTable(table, slice);
    const [shape] = narrowed.shapes;
    if (shape === undefined || (shape.updates ?? 0) === 0) return [];
    const writes = { staged: narrowed, shape };
    return [
      {
        list: "before" as const,
        table,
        writes,
        where: (params: Params) => isListed([narrowed], quote(table.table.name), params),
        place: slice.through,
      },
    ];
  });
}

/** Which columns change, and how much there is to read: one statement for many lists. */
async function describeLists(
  { database }: RunContext,
  lists: readonly LiveList[],
  displacing: readonly ConflictSite[],
): Promise<ListingProgress> {
  const scalars = lists.map(({ table, writes, where }): Scalar[] =>
    writes === null ? [bytesOf(table, where)] : updateScalars(writes),
  );
  const tables = new Map(lists.map(({ table: { table } }) => [table.name, table]));
  const { values } = await evaluate(database, scalars.flat(), (statements) =>
    withTerms([...tables.values()], statements),
  );
  const columns = new Map<string, string[]>();
  let at = 0;
  const bytes = lists.map(({ table, writes }, i) => {
    const own = values.slice(at, at + (scalars[i] as Scalar[]).length).map(String);
    at += own.length;
    const described = own.map((text) => text.split(",") as [bytes: string, changed?: string]);
    if (writes !== null) {
      const flags = described.map(([, changed = ""]) => changed).join("");
      const { name } = table.table;
      const moved = displacing
        .filter(({ staged }) => staged.table.name === name)
        .flatMap(({ index }) => index.columns);
      const changed = writes.shape.columns.filter(
        (column, position) => flags[position] === "1" || moved.includes(column),
      );
      columns.set(name, [...new Set([...(columns.get(name) ?? []), ...changed])]);
    }
    return Number((described[0] as [string])[0]);
  });
  return { columns: [...columns], bytes, done: 0, after: null, pieces: 0 };
}

function bytesOf({ table }: StagedTable, where: LiveList["where"]): Scalar {
  const stored = table.columns.filter(({ generated }) => generated === null);
  return (params) =>
    `SELECT '' || ifnull(sum(bytes), 0) FROM (SELECT ${rowSize(stored)} AS bytes FROM ${quote(table.name)} WHERE ${where(params)} LIMIT -1)`;
}

/** Reads lists one after the other, and sends what it has read when that is enough. */
class ListReader {
  readonly #context: RunContext;
  readonly #progress: ListingProgress;
  /** The progress once what waits is sent. */
  readonly #ahead: ListingProgress;
  #waiting: ListedPart[] = [];
  #bytes = 0;
  #begun = false;

  constructor(context: RunContext, progress: ListingProgress) {
    this.#context = context;
    this.#progress = progress;
    this.#ahead = structuredClone(progress);
  }

  /** False where the budget ends before the list is read. */
  async read(live: LiveList): Promise<boolean> {
    const { budget, database } = this.#context;
    const ahead = this.#ahead;
    const bytes = ahead.bytes[ahead.done] as number;
    const table = columnsOf(live, ahead.columns);
    for (;;) {
      const single = bytes <= READ_BYTES && ahead.after === null;
      if (this.#begun && !budget.allows(single ? 3 : 4)) return this.#stop();
      const { ranges, more } = single
        ? { ranges: [{ after: null, through: null }], more: false }
        : await scanRanges(database, table, {
            after: ahead.after,
            frameBytes: READ_BYTES,
            where: live.where,
          });
      for (const range of ranges) {
        if (this.#begun && !budget.allows(3, Math.min(bytes, READ_BYTES))) return this.#stop();
        this.#begun = true;
        await this.#take(live, table, range);
      }
      if (more) continue;
      Object.assign(ahead, { done: ahead.done + 1, after: null, pieces: 0 });
      return true;
    }
  }

  async #stop(): Promise<boolean> {
    await this.flush();
    return false;
  }

  async #take(
    { list, table, where, place }: LiveList,
    columns: FrameTable,
    range: { after: Key; through: Key },
  ): Promise<void> {
    const { database, budget } = this.#context;
    const ahead = this.#ahead;
    const { lines } = await readRange(database, columns, { range, where });
    budget.spend(0, textLength(lines));
    if (lines.length > 0) {
      const names = columns.columns.map(({ name }) => name);
      const piece = ahead.pieces;
      const parts = stageLines({ list, table: table.table, columns: names, lines, place, piece });
      for (const part of parts) {
        const digest = await digestOf(part.json);
        const piece = ahead.pieces;
        // What is deleted is parted by its pieces, where it is more than one transaction's.
        const own = list === "delete" ? { place: { ...place, part: piece }, piece: 0 } : { place, piece };
        this.#waiting.push({ list, table: table.table, part, digest, ...own });
        this.#bytes += part.bytes;
        ahead.pieces++;
      }
    }
    ahead.after = range.through;
    if (this.#bytes >= SENT_BYTES) await this.flush();
  }

  /** Sends what waits. */
  async flush(): Promise<void> {
    const { database, key, beat } = this.#context;
    if (this.#waiting.length > 0) {
      const results = await asOurs(key, database.batch(listStatements(this.#context, this.#waiting)));
      const { databaseBytes } = results.at(-1) ?? {};
      if (databaseBytes !== undefined) this.#ahead.databaseBytes = databaseBytes;
      [this.#waiting, this.#bytes] = [[], 0];
      await beat();
    }
    Object.assign(this.#progress, structuredClone(this.#ahead));
  }
}

/**
 * Of a row that is updated the key and what changes, of others all. A key that may hold NULLs says nothing of
 * a row that is deleted; its rowid does.
 */
function columnsOf(live: LiveList, changed: ListingProgress["columns"]): FrameTable {
  const { rowid, ...whole } = frameTable(live.table.table);
  if (live.list === "delete" && rowid !== undefined)
    return {
      ...whole,
      key: [rowid],
      columns: [{ name: rowid, affinity: "integer" }, ...whole.columns],
    };
  if (live.writes === null) return whole;
  const wanted = new Set([...whole.key, ...(new Map(changed).get(live.table.table.name) ?? [])]);
  return { ...whole, columns: whole.columns.filter(({ name }) => wanted.has(name)) };
}

/** Of some rows, 48 bits. */
async function digestOf(json: string): Promise<number> {
  return Number.parseInt((await sha256Hex(new TextEncoder().encode(json))).slice(0, 12), 16);
}
