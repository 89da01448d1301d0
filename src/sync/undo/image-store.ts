import type { Bytes } from "../../bytes.ts";

/** Where the rows as they were before a run are kept, as an archive under a key: a bucket, or files. */
export interface ImageStore {
  /**
   * Begins to write an archive, or goes on where `state` says, which `pause` answered. What is there under the same
   * key gives way once it is finished.
   */
  open(key: string, state: unknown): ImageSink;
  /** Removes a finished archive; one that is not there is none. */
  remove(key: string): Promise<void>;
}

/**
 * An archive that is being written. Each call waits for the one before. Rejects with `UPLOAD_NOT_FOUND` where what
 * `state` speaks of is no longer there: then the archive is to be written from its beginning.
 */
export interface ImageSink {
  write(bytes: Bytes): Promise<void>;
  /** Keeps what is written, and answers what a later invocation goes on from; plain JSON. */
  pause(): Promise<unknown>;
  /** The archive is there then. Resolves to its size in bytes. */
  finish(): Promise<number>;
}
