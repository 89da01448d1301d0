import { sha256Hex } from "./sha256.ts";
import type { TableSummary } from "./types.ts";

/** A hash for each table of an archive: equal ones hold the same rows. */
export function contentsOf(
  tables: readonly Pick<TableSummary, "table" | "rows" | "sha256">[],
): Record<string, string> {
  const contents: Record<string, string> = Object.create(null);
  for (const { table, rows, sha256 } of tables) contents[table] = `${rows} ${sha256}`;
  return contents;
}

/** One SHA-256, in hex, of what tables hold, in whichever order they stand. */
export function contentHash(contents: Readonly<Record<string, string>>): Promise<string> {
  const sorted = Object.entries(contents).sort(([left], [right]) => (left < right ? -1 : 1));
  return sha256Hex(new TextEncoder().encode(JSON.stringify(sorted)));
}
