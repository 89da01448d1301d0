import type { Bytes } from "../bytes.ts";

/** Bytes. The window grows when more is asked for at once. */
const FIRST_BYTES = 64 * 1024;

/** Bytes. From here on the window is no larger than asked for: a row is, and the next one seldom is. */
const LARGE_BYTES = 1024 * 1024;

/**
 * A text that passes by in pieces of any size, seen through one contiguous buffer: `bytes` from
 * `start` to `end`. The buffer grows with what is asked for, never with the pieces.
 */
export class TextWindow {
  /** The buffer. `fill` may replace it and move what is in it. */
  bytes: Bytes = new Uint8Array(FIRST_BYTES);
  start = 0;
  end = 0;
  readonly #pieces: AsyncIterator<Bytes>;
  #piece: Bytes = new Uint8Array();
  #ended = false;
  /** Where in the text the buffer begins, bytes. */
  #base: number;

  constructor(pieces: AsyncIterable<Bytes>, offset: number) {
    this.#pieces = pieces[Symbol.asyncIterator]();
    this.#base = offset;
  }

  /** Where `start` is in the text, bytes. */
  get offset(): number {
    return this.#base + this.start;
  }

  /** Bytes that are there. */
  get length(): number {
    return this.end - this.start;
  }

  /** Waits until `length` bytes are there, or all that are left; false when there are fewer. */
  async fill(length: number): Promise<boolean> {
    if (this.length >= length) return true;
    this.#makeRoom(length);
    while (this.length < length) {
      if (this.#piece.byteLength === 0 && !(await this.#next())) return false;
      const taken = this.#piece.subarray(0, this.bytes.byteLength - this.end);
      this.bytes.set(taken, this.end);
      this.end += taken.byteLength;
      this.#piece = this.#piece.subarray(taken.byteLength);
    }
    return true;
  }

  /** Lets go of the source before its end. */
  async close(): Promise<void> {
    await this.#pieces.return?.();
  }

  #makeRoom(length: number): void {
    const { bytes, start, end } = this;
    if (start + length <= bytes.byteLength) return;
    const size = length > LARGE_BYTES ? length + FIRST_BYTES : Math.max(2 * length, FIRST_BYTES);
    // What a long row took is let go of behind it.
    const isLarge = bytes.byteLength > 4 * LARGE_BYTES && bytes.byteLength > 4 * size;
    if (size > bytes.byteLength || (isLarge && this.length <= size)) this.bytes = new Uint8Array(size);
    this.bytes.set(bytes.subarray(start, end));
    this.#base += start;
    this.end = end - start;
    this.start = 0;
  }

  async #next(): Promise<boolean> {
    if (this.#ended) return false;
    const { done, value } = await this.#pieces.next();
    if (done) this.#ended = true;
    else this.#piece = value;
    return !done;
  }
}
