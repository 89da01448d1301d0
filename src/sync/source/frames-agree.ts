import { canonicalRowText } from "../../archive/cells.ts";
import { type DocumentOutline, readDocument } from "../../archive/document.ts";
import { problemOfKeys, problemOfOrder } from "../../archive/frame-order.ts";
import { schemaTables } from "../../archive/schema-tables.ts";
import { sha256Hex } from "../../archive/sha256.ts";
import type { ByteSource, FrameEntry, TableSchema } from "../../archive/types.ts";

/** Characters. No frame of ours comes near; the rows of one that says to hold more are not waited for. */
const FRAME_LENGTH = 64 * 1024 * 1024;

/**
 * Checks the frames that a plain document carries against its rows. Somebody may have filtered or
 * changed the rows and left the frames. False also when it carries none, or has more than `maxBytes`:
 * all of it is read. The memory is that of one frame.
 */
export async function framesAgree(
  source: ByteSource,
  outline: DocumentOutline,
  maxBytes: number,
): Promise<boolean> {
  const { frames, schema } = outline;
  if (frames === undefined || schema === undefined || source.size > maxBytes) return false;
  if (problemOfOrder(frames) !== null || problemOfKeys(frames, schema) !== null) return false;
  const columns = new Map(schemaTables(schema).map((table) => [table.name, documentColumns(table)]));
  const expected = Map.groupBy(frames, ({ table }) => table);
  // What is left of `expected` has not been met yet.
  const sameTables = [...expected.keys()].join("\n") === outline.tables.join("\n");
  if (!sameTables || outline.tables.some((table) => !columns.has(table))) return false;
  const lines = new Map<string, string[]>();
  for await (const { table, rows } of readDocument(source)) {
    const waiting = lines.get(table) ?? [];
    lines.set(table, waiting);
    for (const row of rows) waiting.push(canonicalRowText(row, columns.get(table) as string[]));
    if (!(await takeFrames(expected.get(table) as FrameEntry[], waiting))) return false;
    if (waiting.reduce((sum, line) => sum + line.length, 0) > FRAME_LENGTH) return false;
  }
  const complete = [...expected.values()].every((entries) => entries.length === 0);
  return complete && [...lines.values()].every((waiting) => waiting.length === 0);
}

/** Takes off the frames that `waiting` has the rows of, and their rows. False when one is not what it says. */
async function takeFrames(expected: FrameEntry[], waiting: string[]): Promise<boolean> {
  while (expected[0] !== undefined && expected[0].rows <= waiting.length) {
    const { rows, sha256 } = expected.shift() as FrameEntry;
    const text = waiting.splice(0, rows).join(",\n");
    if ((await sha256Hex(new TextEncoder().encode(text))) !== sha256) return false;
  }
  return expected.length > 0 || waiting.length === 0;
}

/** The columns of a table's rows, in their order. */
function documentColumns({ key, columns }: TableSchema): string[] {
  const stored = columns.filter(({ generated }) => generated === null).map(({ name }) => name);
  return key.kind === "rowid" ? [...key.columns, ...stored] : stored;
}
