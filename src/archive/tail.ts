import { crc32, joinCrc32 } from "./crc32.ts";
import { sha256Hex } from "./sha256.ts";
import type { FrameEntry, Moment, TableSummary } from "./types.ts";

/** What stands last in an archive: its tables in their order, and where the pages of its index are. */
export interface Tail {
  tables: TableSummary[];
  /** Absent where it is not known. */
  moment?: Moment;
  /** Of each page of the index, in its order: the bytes of its member, and how many frames it tells of. */
  pages: [bytes: number, frames: number][];
}

const SEPARATOR = new TextEncoder().encode(",\n");
const SEPARATOR_CRC32 = crc32(SEPARATOR);

/** Of a table whose frames are not all there: its hash is known at its end. */
export type OpenSummary = Omit<TableSummary, "sha256">;

/** The summary of a table with one frame more. `checksum` is the CRC-32 of the frame's text. */
export function addFrame(summary: OpenSummary | undefined, entry: FrameEntry, checksum: number): OpenSummary {
  const { table, frames, rows, textBytes, crc32 } = summary ?? blank(entry.table);
  const text = { bytes: textBytes, checksum: Number.parseInt(crc32, 16) };
  if (text.bytes > 0 && entry.textBytes > 0) {
    text.checksum = joinCrc32(text.checksum, SEPARATOR_CRC32, SEPARATOR.byteLength);
    text.bytes += SEPARATOR.byteLength;
  }
  return {
    table,
    frames: frames + 1,
    rows: rows + entry.rows,
    textBytes: text.bytes + entry.textBytes,
    crc32: toHex(joinCrc32(text.checksum, checksum, entry.textBytes)),
  };
}

/** What frames say of their tables together, without what only their texts tell. */
export function sumUp(frames: readonly FrameEntry[]): Omit<OpenSummary, "crc32">[] {
  const tables = new Map<string, OpenSummary>();
  for (const entry of frames) tables.set(entry.table, addFrame(tables.get(entry.table), entry, 0));
  return [...tables.values()].map(({ crc32: _, ...known }) => known);
}

function blank(table: string): OpenSummary {
  return { table, frames: 0, rows: 0, textBytes: 0, crc32: toHex(0) };
}

/** The hash of keyed frames, which say of some keys what became of them: of the hashes of their texts, one after the other. */
export function chainFrame(before: string, { sha256 }: Pick<FrameEntry, "sha256">): Promise<string> {
  return sha256Hex(new TextEncoder().encode(`${before}${sha256}`));
}

function toHex(checksum: number): string {
  return checksum.toString(16).padStart(8, "0");
}
