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

/** The summary of a table with one frame more. `checksum` is the CRC-32 of the frame's text. */
export async function addFrame(
  summary: TableSummary | undefined,
  entry: FrameEntry,
  checksum: number,
): Promise<TableSummary> {
  const { table, frames, rows, textBytes, crc32, sha256 } = summary ?? blank(entry.table);
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
    sha256: await chainHash(sha256, entry),
  };
}

/** What frames say of their tables together, without the checksums, which only their texts tell. */
export async function sumUp(frames: readonly FrameEntry[]): Promise<Omit<TableSummary, "crc32">[]> {
  const tables = new Map<string, TableSummary>();
  for (const entry of frames) tables.set(entry.table, await addFrame(tables.get(entry.table), entry, 0));
  return [...tables.values()].map(({ crc32: _, ...known }) => known);
}

function blank(table: string): TableSummary {
  return { table, frames: 0, rows: 0, textBytes: 0, crc32: toHex(0), sha256: "" };
}

function chainHash(before: string, { sha256 }: FrameEntry): Promise<string> {
  return sha256Hex(new TextEncoder().encode(`${before}${sha256}`));
}

function toHex(checksum: number): string {
  return checksum.toString(16).padStart(8, "0");
}
