import type { NumberedFrame } from "../../archive/reader.ts";
import { sha256Hex } from "../../archive/sha256.ts";
import type { FrameEntry } from "../../archive/types.ts";
import { withTerms } from "../../database/fts5/contentless-rows.ts";
import type { Database } from "../../database/port.ts";
import type { Params } from "../../database/sql/params.ts";
import { evaluate } from "../../database/sql/scalars.ts";
import { tuple } from "../../database/sql/syntax.ts";
import { FerryError } from "../../errors.ts";
import { readAhead } from "../../frames/read-ahead.ts";
import { readRange, textLength } from "../../frames/read-range.ts";
import { type VerifiableTable, wrongScalars } from "../compare/index.ts";
import type { RunContext } from "../run/index.ts";
import type { FrameSource } from "../source/index.ts";
import type { StagedTable } from "../stage/index.ts";
import { liveKey, narrowToFrames, shapeSql } from "../stage/index.ts";

/** Frames of one table that are read back in one statement. */
const FRAMES_PER_READ = 3;

export interface ExpectedFrames {
  source: Pick<FrameSource, "index" | "outline">;
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
  for await (const { group, table, lines } of readAhead(readGroups(context, expected, first))) {
    if (table !== null) {
      verified.rows += lines.length;
      if (!(await areEqual(group, lines))) {
        const { name } = table.staged.table;
        const changed = await countChanged(context.database, { group, table, lines });
        verified.changed.set(name, (verified.changed.get(name) ?? 0) + changed);
      }
    }
    verified.frames += group.length;
    await context.beat();
  }
  return verified;
}

interface ReadGroup {
  group: FrameEntry[];
  /** With what is staged for these frames; null where they cannot be compared. */
  table: VerifiableTable | null;
  /** What the target holds in their ranges. */
  lines: string[];
}

/** Reads the frames' ranges until the budget ends. */
async function* readGroups(
  { database, budget }: RunContext,
  { source: { index, outline }, tables }: ExpectedFrames,
  first: number,
): AsyncGenerator<ReadGroup, void, void> {
  const most = Number.isFinite(budget.bytes) ? 1 : FRAMES_PER_READ;
  let bytes = 0;
  for await (const { seq, group } of groupFrames(index.frames({ from: first }), most)) {
    const table = tables.get((group[0] as FrameEntry).table);
    if (table === undefined) {
      yield { group, table: null, lines: [] };
      continue;
    }
    // The group is taken to be as large as the one before it.
    if (!budget.allows(2, bytes)) return;
    // An archive's staged parts are numbered as its frames are, so that some suffice to name the keys.
    const staged =
      outline.kind === "archive" ? narrowToFrames(table.staged, seq, seq + group.length - 1) : table.staged;
    const narrowed = { ...table, staged };
    const lines = await readGroup(database, narrowed, group);
    bytes = textLength(lines);
    budget.spend(0, bytes);
    yield { group, table: narrowed, lines };
  }
}

/** Frames of one table that follow each other, under the number of the first. */
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
    if (first !== undefined && (first.table !== entry.table || next.group.length === most)) {
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
  const range = { after: (group[0] as FrameEntry).after, through: (group.at(-1) as FrameEntry).through };
  const where = (params: Params) => stagedKeys(table.staged, params);
  const { lines } = await readRange(database, table.columns, {
    range,
    where: table.filtered ? where : undefined,
  });
  return lines;
}

async function areEqual(group: readonly FrameEntry[], lines: readonly string[]): Promise<boolean> {
  let at = 0;
  for (const frame of group) {
    const text = lines.slice(at, at + frame.rows).join(",\n");
    at += frame.rows;
    if ((await sha256Hex(new TextEncoder().encode(text))) !== frame.sha256) return false;
  }
  return at === lines.length;
}

/**
 * Rows of some frames that the target lacks or holds with other values, or has too many, since somebody changed
 * them. Rejects with `VERIFICATION_FAILED` where nobody did: SQL finds the rows as they were staged, as it did
 * before the commit, and they are read otherwise all the same.
 */
async function countChanged(
  database: Database,
  { group, table, lines }: { group: readonly FrameEntry[]; table: VerifiableTable; lines: readonly string[] },
): Promise<number> {
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
  if (await areEqual(group, await readGroup(database, table, group))) return 1;
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
