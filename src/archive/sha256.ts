import type { Bytes } from "../bytes.ts";

/** SHA-256 as 64 lower-case hex digits. */
export async function sha256Hex(bytes: Bytes): Promise<string> {
  return hexOf(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)));
}

/** Bytes as lower-case hex digits. */
export function hexOf(bytes: Bytes): string {
  let hex = "";
  for (const byte of bytes) hex += byte.toString(16).padStart(2, "0");
  return hex;
}
