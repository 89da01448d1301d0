import type { Bytes } from "../bytes.ts";
import { HAS_THREADS } from "./threads.ts";

/** Node's own, which takes less time than WebCrypto does to hand a piece to another thread. */
const nodeHash = HAS_THREADS ? globalThis.process?.getBuiltinModule?.("node:crypto")?.hash : undefined;

export async function sha256(bytes: Bytes): Promise<Bytes> {
  if (nodeHash !== undefined) return new Uint8Array(nodeHash("sha256", bytes, "buffer"));
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}

/** SHA-256 as 64 lower-case hex digits. */
export async function sha256Hex(bytes: Bytes): Promise<string> {
  return hexOf(await sha256(bytes));
}

/** Bytes as lower-case hex digits. */
export function hexOf(bytes: Bytes): string {
  let hex = "";
  for (const byte of bytes) hex += byte.toString(16).padStart(2, "0");
  return hex;
}
