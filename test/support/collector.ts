import { Writable } from "node:stream";

/** A stream that keeps what is written to it. */
export function collector(): Writable & { text(): string; bytes(): Buffer } {
  const chunks: Buffer[] = [];
  const stream = new Writable({
    write(chunk, _encoding, callback) {
      chunks.push(Buffer.from(chunk));
      callback();
    },
  });
  const bytes = () => Buffer.concat(chunks);
  return Object.assign(stream, { bytes, text: () => bytes().toString() });
}
