import type { FrameEntry } from "../archive/types.ts";

/** Rows by table as an archive's index has them, in the archive's order. */
export function countFrames(frames: readonly FrameEntry[]): { table: string; count: number }[] {
  const counts = new Map<string, number>();
  for (const { table, rows } of frames) counts.set(table, (counts.get(table) ?? 0) + rows);
  return [...counts].map(([table, count]) => ({ table, count }));
}
