import type { Bytes } from "../bytes.ts";

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Whether the bytes are UTF-8. Node and Workers with nodejs_compat see it without making a text of them. */
export function isUtf8(bytes: Bytes): boolean {
  const native = globalThis.process?.getBuiltinModule?.("node:buffer")?.isUtf8;
  if (native !== undefined) return native(bytes);
  try {
    strict.decode(bytes);
    return true;
  } catch {
    return false;
  }
}
