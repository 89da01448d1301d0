import { canonicalRowText } from "../../archive/cells.ts";
import { addLines, contentOf, NO_ROWS, type TableContent } from "../../archive/content-hash.ts";
import { type DocumentOutline, readDocument } from "../../archive/document.ts";
import { problemOfKeys, problemOfOrder } from "../../archive/frame-order.ts";
import { schemaTables } from "../../archive/schema-tables.ts";
import { sha256Hex } from "../../archive/sha256.ts";
import type { ByteSource, FrameEntry, TableSchema } from "../../archive/types.ts";

/** Characters. No frame of ours comes near; the rows of one that says to hold more are not waited for. */
const FRAME_LENGTH = 64 * 1024 * 1024;

/**
 * Checks the frames that a plain document carries against its rows, and answers what its tables hold. Somebody may have
 * filtered or changed the rows and left the frames. Null also when it carries none, or has more than `maxBytes`:
 * all of it is read. The memory is that of one frame.
 */
export async function contentsIfFramesAgree(
  source: ByteSource,
  outline: DocumentOutline,
  maxBytes: number,
): Promise<Record<string, string> | null> {
  const { frames, schema } = outline;
  if (frames === undefined || schema === undefined || source.size > maxBytes) return null;
  if (problemOfOrder(frames) !== null || problemOfKeys(frames, schema) !== null) return null;
  const columns = new Map(schemaTables(schema).map((table) => [table.name, documentColumns(table)]));
  const expected = Map.groupBy(frames, ({ table }) => table);
  // What is left of `expected` has not been met yet.
  const sameTables = [...expected.keys()].join("\n") === outline.tables.join("\n");
  if (!sameTables || outline.tables.some((table) => !columns.has(table))) return null;
  const lines = new Map<string, string[]>();
  const contents: Record<string, string> = Object.create(null);
  let open: { table: string; content: TableContent } | null = null;
  for await (const { table, rows } of readDocument(source)) {
    const waiting = lines.get(table) ?? [];
    lines.set(table, waiting);
    for (const row of rows) waiting.push(canonicalRowText(row, columns.get(table) as string[]));
    if (open !== null && open.table !== table) contents[open.table] = await contentOf(open.content);
    const before: TableContent = open?.table === table ? open.content : NO_ROWS;
    const content = await takeFrames(before, { expected: expected.get(table) as FrameEntry[], waiting });
    if (content === null) return null;
    open = { table, content };
    if (waiting.reduce((sum, line) => sum + line.length, 0) > FRAME_LENGTH) return null;
  }
  if (open !== null) contents[open.table] = await contentOf(open.content);
  const complete = [...expected.values()].every((entries) => entries.length === 0);
  return complete && [...lines.values()].every((waiting) => waiting.length === 0) ? contents : null;
}

/**
 * Takes off the frames that `waiting` has the rows of, and their rows. The content with these; null when one is not what
 * it says.
 */
async function takeFrames(
  before: TableContent,
  { expected, waiting }: { expected: FrameEntry[]; waiting: string[] },
): Promise<TableContent | null> {
  let content = before;
  while (expected[0] !== undefined && expected[0].rows <= waiting.length) {
    const { rows, sha256 } = expected.shift() as FrameEntry;
    const text = new TextEncoder().encode(waiting.splice(0, rows).join(",\n"));
    if ((await sha256Hex(text)) !== sha256) return null;
    content = await addLines(content, { rows, pieces: [text] });
  }
  return expected.length > 0 || waiting.length === 0 ? content : null;
}

/** The columns of a table's rows, in their order. */
function documentColumns({ key, columns }: TableSchema): string[] {
  const stored = columns.filter(({ generated }) => generated === null).map(({ name }) => name);
  return key.kind === "rowid" ? [...key.columns, ...stored] : stored;
}
