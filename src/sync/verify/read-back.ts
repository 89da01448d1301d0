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

/**
 * Reads the target's ranges again, independently of how they were written, and compares them with
 * the archive's hashes. Goes on at frame `first`; answers the next frame, `frames.length` when all
 * are right. Rejects with `VERIFICATION_FAILED`.
 */
export async function verifyFrames(
  context: RunContext,
  expected: ExpectedFrames,
  first: number,
): Promise<number> {
  let next = first;
  for await (const { group, lines } of readAhead(readGroups(context, expected, first))) {
    if (lines !== null) await compareGroup(group, lines);
    next += group.length;
    await context.beat();
  }
  return next;
}

interface ReadGroup {
  group: FrameEntry[];
  /** What the target holds in their ranges; null where that cannot be compared. */
  lines: string[] | null;
}

/** Reads the frames' ranges until the budget ends. */
async function* readGroups(
  { database, budget }: RunContext,
  { source: { index: frames, outline }, tables }: ExpectedFrames,
  first: number,
): AsyncGenerator<ReadGroup, void, void> {
  const most = Number.isFinite(budget.bytes) ? 1 : FRAMES_PER_READ;
  let bytes = 0;
  for (let next = first; next < frames.length; ) {
    const group = groupAt(frames, next, most);
    const table = tables.get((group[0] as FrameEntry).table);
    if (table === undefined) yield { group, lines: null };
    else {
      // The group is taken to be as large as the one before it.
      if (!budget.allows(2, bytes)) return;
      // An archive's staged parts are numbered as its frames are, so that some suffice to name the keys.
      const staged =
        outline.kind === "archive"
          ? narrowToFrames(table.staged, next, next + group.length - 1)
          : table.staged;
      const lines = await readGroup(database, { ...table, staged }, group);
      bytes = textLength(lines);
      budget.spend(0, bytes);
      yield { group, lines };
    }
    next += group.length;
  }
}

function groupAt(frames: readonly FrameEntry[], first: number, most: number): FrameEntry[] {
  const { table } = frames[first] as FrameEntry;
  const candidates = frames.slice(first, first + most);
  const end = candidates.findIndex((frame) => frame.table !== table);
  return end < 0 ? candidates : candidates.slice(0, end);
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
