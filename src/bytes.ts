/** Bytes that own their memory: what the web platform's functions take. */
export type Bytes = Uint8Array<ArrayBuffer>;
