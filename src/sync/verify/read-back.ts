import type { NumberedFrame } from "../../archive/reader.ts";
import { sha256Hex } from "../../archive/sha256.ts";
import type { FrameEntry } from "../../archive/types.ts";
import { withTerms } from "../../database/fts5/contentless-rows.ts";
import type { Database } from "../../database/port.ts";
import type { Params } from "../../database/sql/params.ts";
import { evaluate } from "../../database/sql/scalars.ts";
import { quote, tuple } from "../../database/sql/syntax.ts";
import { FerryError } from "../../errors.ts";
import { readAhead } from "../../frames/read-ahead.ts";
import { readRange, textLength } from "../../frames/read-range.ts";
import { leavesByMirror, type VerifiableTable, wrongScalars } from "../compare/index.ts";
import type { Mode, RunContext } from "../run/index.ts";
import type { FrameSource, SourceFrame } from "../source/index.ts";
import type { StagedTable } from "../stage/index.ts";
import { liveKey, narrowToFrames, shapeSql } from "../stage/index.ts";

/** Frames of one table that are read back in one statement. */
const FRAMES_PER_READ = 3;

export interface ExpectedFrames {
  source: Pick<FrameSource, "index" | "outline" | "frames">;
  mode: Mode;
  /** The tables that can be compared, by name. */
  tables: ReadonlyMap<string, VerifiableTable>;
}

/** What a call has compared. */
export interface VerifiedFrames {
  /** All that it passed, those of tables that cannot be compared among them. */
  frames: number;
  /** Of tables that were compared. */
  rows: number;
  /** By table: rows that are no longer as the archive has them. */
  changed: Map<string, number>;
}

/**
 * Reads the target's ranges again, independently of how they were written, and compares them with
 * the archive's hashes, from frame `first` on, until all are read or the budget ends. A database is not quiet: what
 * is otherwise now was changed since the commit, whose own transaction compared it.
 */
export async function verifyFrames(
  context: RunContext,
  expected: ExpectedFrames,
  first: number,
): Promise<VerifiedFrames> {
  const verified: VerifiedFrames = { frames: 0, rows: 0, changed: new Map() };
  for await (const read of readAhead(readGroups(context, expected, first))) {
    const { table, lines, returned } = read;
    if (table !== null) {
      const { name } = table.staged.table;
      verified.rows += lines.length;
      const changed =
        returned + ((await areEqual(read)) ? 0 : await countChanged(context.database, { ...read, table }));
      if (changed > 0) verified.changed.set(name, (verified.changed.get(name) ?? 0) + changed);
    }
    verified.frames += read.group.length;
    await context.beat();
  }
  return verified;
}

interface ReadGroup {
  group: FrameEntry[];
  /** With what is staged for these frames; null where they cannot be compared. */
  table: VerifiableTable | null;
  /** What the target holds in their ranges, or of the keys of a keyed frame. */
  lines: string[];
  /** Of a keyed frame: its rows. */
  keyed: string[] | null;
  /** Of a keyed frame: rows that are there, and were deleted. */
  returned: number;
}

/** Reads the frames' ranges until the budget ends. */
async function* readGroups(
  { database, budget }: RunContext,
  { source, tables, mode }: ExpectedFrames,
  first: number,
): AsyncGenerator<ReadGroup, void, void> {
  const { index, outline } = source;
  const rowsOf = keyedReader(source, tables);
  const most = Number.isFinite(budget.bytes) ? 1 : FRAMES_PER_READ;
  let bytes = 0;
  for await (const { seq, group } of groupFrames(index.frames({ from: first }), most)) {
    const table = tables.get((group[0] as FrameEntry).table);
    if (table === undefined) {
      yield { group, table: null, lines: [], keyed: null, returned: 0 };
      continue;
    }
    const isKeyed = table.staged.keyed === true;
    // The group is taken to be as large as the one before it. Of a keyed frame the rows are read twice: here and there.
    if (!budget.allows(isKeyed ? KEYED_CALLS : 2, isKeyed ? 2 * bytes : bytes)) return;
    // An archive's staged parts are numbered as its frames are, so that some suffice to name the keys.
    const staged =
      outline.kind === "archive" ? narrowToFrames(table.staged, seq, seq + group.length - 1) : table.staged;
    const narrowed = { ...table, staged };
    const keyed = isKeyed ? await rowsOf(seq) : null;
    const lines = await readGroup(database, narrowed, group);
    bytes = textLength(lines);
    budget.spend(0, bytes + textLength(keyed ?? []));
    const returned = mode === "mirror" ? await countReturned(database, staged) : 0;
    yield { group, table: narrowed, lines, keyed, returned };
  }
}

/** Calls that read a keyed frame and what the target has of it. */
const KEYED_CALLS = 5;

/** Reads the rows of keyed frames once more, in the order of the frames. */
function keyedReader(
  { frames }: ExpectedFrames["source"],
  tables: ExpectedFrames["tables"],
): (seq: number) => Promise<string[]> {
  let reading: AsyncIterator<SourceFrame> | null = null;
  return async (seq) => {
    const wanted = (name: string) => tables.get(name)?.staged.keyed === true;
    reading ??= frames(wanted, seq)[Symbol.asyncIterator]();
    const { value, done } = await reading.next();
    if (done === true || value.seq !== seq) throw new Error(`The source has no keyed frame ${seq}`);
    return value.keyed?.lines() ?? [];
  };
}

/** Rows under keys that are to have none. Somebody has inserted them since. */
async function countReturned(database: Database, staged: StagedTable): Promise<number> {
  if (staged.gone.length === 0) return 0;
  const { name } = staged.table;
  const narrowed = { ...staged, whole: { shapes: staged.whole?.shapes ?? [], gone: staged.gone } };
  const { values } = await evaluate(database, [
    (params) =>
      `SELECT count(*) FROM ${quote(name)} AS live WHERE ${leavesByMirror(narrowed, "live", params)}`,
  ]);
  return values[0] as number;
}

/** Frames of one table that follow each other, under the number of the first; a keyed one by itself. */
interface FrameGroup {
  seq: number;
  group: FrameEntry[];
}

async function* groupFrames(
  frames: AsyncIterable<NumberedFrame>,
  most: number,
): AsyncGenerator<FrameGroup, void, void> {
  let next: FrameGroup = { seq: 0, group: [] };
  for await (const { seq, entry } of frames) {
    const [first] = next.group;
    const isFull = first?.keys !== undefined || next.group.length === most;
    if (first !== undefined && (first.table !== entry.table || isFull)) {
      yield next;
      next = { seq, group: [] };
    }
    if (next.group.length === 0) next.seq = seq;
    next.group.push(entry);
  }
  if (next.group.length > 0) yield next;
}

async function readGroup(
  database: Database,
  table: VerifiableTable,
  group: readonly FrameEntry[],
): Promise<string[]> {
  // A keyed frame is known by its keys, whatever it says of a range.
  const range =
    table.staged.keyed === true
      ? { after: null, through: null }
      : { after: (group[0] as FrameEntry).after, through: (group.at(-1) as FrameEntry).through };
  const where = (params: Params) => stagedKeys(table.staged, params);
  const { lines } = await readRange(database, table.columns, {
    range,
    where: table.filtered ? where : undefined,
  });
  return lines;
}

async function areEqual({
  group,
  lines,
  keyed,
}: Pick<ReadGroup, "group" | "lines" | "keyed">): Promise<boolean> {
  // The target's order is another one where it has another collation, or the frame none.
  if (keyed !== null) return keyed.length === lines.length && sameLines(keyed, lines);
  let at = 0;
  for (const frame of group) {
    const text = lines.slice(at, at + frame.rows).join(",\n");
    at += frame.rows;
    if ((await sha256Hex(new TextEncoder().encode(text))) !== frame.sha256) return false;
  }
  return at === lines.length;
}

function sameLines(some: readonly string[], others: readonly string[]): boolean {
  const sorted = others.toSorted();
  return some.toSorted().every((line, i) => line === sorted[i]);
}

/**
 * Rows of some frames that the target lacks or holds with other values, or has too many, since somebody changed
 * them. Rejects with `VERIFICATION_FAILED` where nobody did: SQL finds the rows as they were staged, as it did
 * before the commit, and they are read otherwise all the same.
 */
async function countChanged(
  database: Database,
  read: ReadGroup & { table: VerifiableTable },
): Promise<number> {
  const { group, table, lines } = read;
  const { staged } = table;
  const rules = { mode: "merge", onConflict: "fail" } as const;
  const whole = { run: staged.run, tables: [staged], rows: staged.rows, bytes: 0 };
  const { values } = await evaluate(
    database,
    wrongScalars({ staged: whole, writes: [staged], rules }),
    (statements) => withTerms([staged.table], statements),
  );
  const wrong = values.reduce<number>((sum, value) => sum + (value as number), 0);
  const expected = group.reduce((sum, { rows }) => sum + rows, 0);
  const changed = Math.max(wrong, lines.length - expected, 0);
  if (changed > 0) return changed;
  // Somebody may have changed it back.
  if (await areEqual({ ...read, lines: await readGroup(database, table, group) })) return 1;
  throw verificationError(group[0] as FrameEntry);
}

/** Only the rows whose keys the run brought. */
function stagedKeys(staged: StagedTable, params: Params): string {
  const key = staged.table.key.columns;
  const sets = staged.shapes.map((shape) => {
    const sql = shapeSql({ staged, shape }, params);
    return `${tuple(liveKey(staged.table))} IN (SELECT ${key.map((name) => sql.cell(name)).join(", ")} FROM ${sql.from})`;
  });
  // A run that brought none has nothing to read back of the target's own rows.
  return sets.length === 0 ? "0" : `(${sets.join(" OR ")})`;
}

function verificationError({ table, after, through }: FrameEntry): FerryError {
  return new FerryError(
    "VERIFICATION_FAILED",
    `The rows were written, but "${table}" gives something else back than the archive holds: this database keeps some values otherwise.`,
    {
      hint: "Compare a few rows of the table with the source's. An older SQLite rounds some numbers.",
      details: { table, after, through },
    },
  );
}
