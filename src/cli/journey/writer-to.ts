import { once } from "node:events";
import type { Writable } from "node:stream";
import type { Bytes } from "../../bytes.ts";

export interface StreamWriter {
  /** Waits while the stream is full. */
  write(bytes: Bytes): Promise<void>;
  /** Rejects when the stream does: a full disk has to end what is written. */
  failure: Promise<never>;
}

/** Writes to a stream as fast as it takes it. */
export function writerTo(output: Writable): StreamWriter {
  const failure = new Promise<never>((_, reject) => output.once("error", reject));
  failure.catch(() => {});
  return {
    failure,
    async write(bytes) {
      if (!output.write(bytes)) await Promise.race([once(output, "drain"), failure]);
    },
  };
}
