import { parseKey } from "../../bucket/keys.ts";
import { UsageError } from "../exit.ts";
import { printable } from "../printing/printable.ts";

/** A key as it was typed. Refuses what is none before an app is asked: `jq` says "null" where there is nothing. */
export function typedKey(text: string): string {
  try {
    return parseKey(text);
  } catch {
    throw new UsageError(
      `${printable(text)} is not a key`,
      "A key is like sync-1700000000000-k3v9x0a7b2qd: d1-ferry list shows them",
    );
  }
}

/** True for what is a key and no place. */
export function isTypedKey(text: string): boolean {
  try {
    parseKey(text);
    return true;
  } catch {
    return false;
  }
}
