import type { Bytes } from "../bytes.ts";

/** Node's zlib where the runtime has it: Node, and Workers with nodejs_compat. */
export function platformZlib() {
  return globalThis.process?.getBuiltinModule?.("node:zlib") ?? null;
}

export type Zlib = NonNullable<ReturnType<typeof platformZlib>>;

/** Bytes. zlib hands out pieces of this size; its own default means many of them. */
export const PIECE_BYTES = 256 * 1024;

/** Node's own kind of bytes as plain ones: some of their methods differ. */
export function plainBytes({ buffer, byteOffset, byteLength }: Bytes): Bytes {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** Why unpacking failed, in the words of whichever unpacker it was. */
export function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  const code = "code" in cause ? String(cause.code) : "";
  return cause.message || code || cause.name;
}
