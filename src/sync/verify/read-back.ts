import type { NumberedFrame } from "../../archive/reader.ts";
import { sha256Hex } from "../../archive/sha256.ts";
import type { FrameEntry } from "../../archive/types.ts";
import type { Database } from "../../database/port.ts";
import type { Params } from "../../database/sql/params.ts";
import { quote, tuple } from "../../database/sql/syntax.ts";
import { FerryError } from "../../errors.ts";
import { readAhead } from "../../frames/read-ahead.ts";
import { readRange, textLength } from "../../frames/read-range.ts";
import type { VerifiableTable } from "../compare/index.ts";
import type { RunContext } from "../run/index.ts";
import type { FrameSource } from "../source/index.ts";
import type { StagedTable } from "../stage/index.ts";
import { narrowToFrames, shapeSql } from "../stage/index.ts";

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
}

/**
 * Reads the target's ranges again, independently of how they were written, and compares them with
 * the archive's hashes, from frame `first` on, until all are right or the budget ends. Rejects with
 * `VERIFICATION_FAILED`.
 */
export async function verifyFrames(
  context: RunContext,
  expected: ExpectedFrames,
  first: number,
): Promise<VerifiedFrames> {
  const verified = { frames: 0, rows: 0 };
  for await (const { group, lines } of readAhead(readGroups(context, expected, first))) {
    if (lines !== null) {
      await compareGroup(group, lines);
      verified.rows += lines.length;
    }
    verified.frames += group.length;
    await context.beat();
  }
  return verified;
}

interface ReadGroup {
  group: FrameEntry[];
  /** What the target holds in their ranges; null where that cannot be compared. */
  lines: string[] | null;
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
      yield { group, lines: null };
      continue;
    }
    // The group is taken to be as large as the one before it.
    if (!budget.allows(2, bytes)) return;
    // An archive's staged parts are numbered as its frames are, so that some suffice to name the keys.
    const staged =
      outline.kind === "archive" ? narrowToFrames(table.staged, seq, seq + group.length - 1) : table.staged;
    const lines = await readGroup(database, { ...table, staged }, group);
    bytes = textLength(lines);
    budget.spend(0, bytes);
    yield { group, lines };
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

async function compareGroup(group: readonly FrameEntry[], lines: readonly string[]): Promise<void> {
  let at = 0;
  for (const frame of group) {
    const text = lines.slice(at, at + frame.rows).join(",\n");
    at += frame.rows;
    if ((await sha256Hex(new TextEncoder().encode(text))) !== frame.sha256) throw verificationError(frame);
  }
  if (at !== lines.length) throw verificationError(group.at(-1) as FrameEntry);
}

/** Only the rows whose keys the run brought. */
function stagedKeys(staged: StagedTable, params: Params): string {
  const key = staged.table.key.columns;
  const sets = staged.shapes.map((shape) => {
    const sql = shapeSql({ staged, shape }, params);
    return `${tuple(key.map(quote))} IN (SELECT ${key.map((name) => sql.cell(name)).join(", ")} FROM ${sql.from})`;
  });
  // A run that brought none has nothing to read back of the target's own rows.
  return sets.length === 0 ? "0" : `(${sets.join(" OR ")})`;
}

function verificationError(frame: FrameEntry): FerryError {
  return new FerryError(
    "VERIFICATION_FAILED",
    `The rows were written, but reading "${frame.table}" back gives something else than the archive holds. Something may have changed it since.`,
    {
      hint: "Plan the same sync again under the next version: the plan shows which rows differ.",
      details: { table: frame.table, after: frame.after, through: frame.through },
    },
  );
}
