import { sha256Hex } from "../../archive/sha256.ts";
import type { FerryKey } from "../../bucket/keys.ts";
import type { RunRecord } from "../run/index.ts";

const LETTERS = 12;

/**
 * The key of the archive of rows as they were before a run, by one of its plans. It is the same each time: what a
 * driver left that died gives way to what the next one writes.
 */
export async function imageKey({ key, startedAt }: RunRecord, hash: string): Promise<FerryKey> {
  const digest = await sha256Hex(new TextEncoder().encode(`${key} ${hash}`));
  // 16 hex digits of it are more than 36^12 can tell apart.
  const letters = BigInt(`0x${digest.slice(0, 16)}`)
    .toString(36)
    .padStart(LETTERS, "0")
    .slice(-LETTERS);
  return `undo-${startedAt}-${letters}`;
}
