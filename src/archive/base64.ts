import type { Bytes } from "../bytes.ts";

/** What newer runtimes have built in (the arraybuffer-base64 proposal), several times as fast. */
interface Base64Bytes {
  toBase64?(): string;
}
interface Base64Constructor {
  fromBase64?(text: string, options: { lastChunkHandling: "strict" }): Bytes;
}

/** `String.fromCharCode` takes this many arguments without trouble anywhere. */
const SLICE = 8_192;

export function bytesToBase64(bytes: Uint8Array): string {
  const native = (bytes as Base64Bytes).toBase64?.();
  if (native !== undefined) return native;
  const buffer = globalThis.process?.getBuiltinModule?.("node:buffer")?.Buffer;
  if (buffer !== undefined)
    return buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
  let binary = "";
  for (let i = 0; i < bytes.length; i += SLICE) {
    binary += String.fromCharCode(...bytes.subarray(i, i + SLICE));
  }
  return btoa(binary);
}

/** `text` is known to be well formed: see `isBase64`. */
export function base64ToBytes(text: string): Bytes {
  const native = (Uint8Array as Base64Constructor).fromBase64?.(text, { lastChunkHandling: "strict" });
  if (native !== undefined) return native;
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

/** Base64 for addresses and cookies (RFC 4648, section 5), without padding. */
export function bytesToBase64Url(bytes: Uint8Array): string {
  return bytesToBase64(bytes).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** Base64 with padding, in the one form that `bytesToBase64` writes. */
export function isBase64(text: string): boolean {
  if (text.length % 4 !== 0) return false;
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  if (/[^A-Za-z0-9+/]/.test(padding === 0 ? text : text.slice(0, -padding))) return false;
  // The bits of the last character that no byte holds are zero.
  if (padding === 2) return /[AQgw]==$/.test(text.slice(-3));
  return padding === 0 || /[AEIMQUYcgkosw048]=$/.test(text.slice(-2));
}
