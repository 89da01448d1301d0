/**
 * Whether zlib and WebCrypto work in threads of their own, as in Node, whose threads are libuv's. Workers have neither
 * threads nor a version of libuv, also where they have Node's modules.
 */
export const HAS_THREADS: boolean =
  (globalThis.process?.getBuiltinModule?.("node:process")?.versions?.uv ?? "") !== "";
