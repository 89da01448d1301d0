import type { Bytes } from "../bytes.ts";
import { FerryError } from "../errors.ts";
import { concatBytes } from "./concat.ts";
import { JsonSyntax } from "./json-syntax.ts";
import {
  CLOSE_ARRAY,
  CLOSE_OBJECT,
  COLON,
  COMMA,
  endsScalar,
  isSpace,
  OPEN_ARRAY,
  OPEN_OBJECT,
  QUOTE,
} from "./letters.ts";
import { hasTooManyValues, MAX_HEADER_BYTES, MAX_SCALAR_BYTES, MAX_VALUES } from "./limits.ts";
import { findClose, type NestingState } from "./nesting.ts";
import { TextWindow } from "./window.ts";

/** The longest name of a table or member, and the longest number, bytes. */
const TOKEN_BYTES = 1024 * 1024;

/** What a member outside the rows may hold to be read and not skipped, bytes. */
const CAPTURED_BYTES = MAX_HEADER_BYTES;

/**
 * Walks a JSON text from token to token in bounded memory. Each method first skips white space.
 * Errors say at which byte of the text: `DOCUMENT_INVALID`, and `ARCHIVE_TRUNCATED` where it ends.
 */
export class JsonCursor {
  readonly window: TextWindow;

  constructor(pieces: AsyncIterable<Bytes>, offset: number) {
    this.window = new TextWindow(pieces, offset);
  }

  /** The next byte, which is not taken; -1 at the end of the text. */
  async peek(): Promise<number> {
    const { window } = this;
    while (await window.fill(1)) {
      const { bytes, end } = window;
      for (; window.start < end; window.start++) {
        const byte = bytes[window.start] as number;
        if (!isSpace(byte)) return byte;
      }
    }
    return -1;
  }

  /** Takes one byte that must be there. `where` completes "the document ends …" and "… is expected". */
  async take(byte: number, where: string): Promise<void> {
    if ((await this.peek()) !== byte) throw await this.unexpected(`${JSON.stringify(letter(byte))} ${where}`);
    this.window.start++;
  }

  async takeString(what: string): Promise<string> {
    if ((await this.peek()) !== QUOTE) throw await this.unexpected(what);
    return String(await this.takeValue(what, TOKEN_BYTES));
  }

  /** The next value, parsed. */
  async takeValue(what: string, limit = CAPTURED_BYTES): Promise<unknown> {
    await this.peek();
    const { offset } = this.window;
    const pieces: Bytes[] = [];
    let length = 0;
    await this.#walkValue(what, (piece) => {
      length += piece.byteLength;
      if (length > limit) throw this.invalid(`${what} is longer than ${limit} bytes`, offset);
      pieces.push(piece.slice());
    });
    try {
      const text = decoder.decode(concatBytes(pieces));
      if (hasTooManyValues(text)) throw this.invalid(`${what} holds more than ${MAX_VALUES} values`, offset);
      return JSON.parse(text);
    } catch (cause) {
      if (cause instanceof FerryError) throw cause;
      throw this.invalid(`${what} is not valid JSON`, offset, cause);
    }
  }

  /** Passes over the next value. Only its brackets and quotes are looked at. */
  async skipValue(what: string): Promise<void> {
    await this.#walkValue(what, () => {});
  }

  /** Passes over the next value, whose syntax is checked, whatever its length. */
  async checkValue(what: string): Promise<void> {
    await this.peek();
    const { offset } = this.window;
    const syntax = new JsonSyntax();
    await this.#walkValue(
      what,
      () => {},
      (...piece) => {
        try {
          return syntax.read(...piece);
        } catch (cause) {
          throw this.invalid(`${what} is not valid JSON`, offset, cause);
        }
      },
    );
  }

  /** White space only, up to the end of the text. */
  async takeEnd(): Promise<void> {
    if ((await this.peek()) !== -1) throw await this.unexpected("the end of the document");
  }

  /** The byte order mark that some editors write. */
  async skipMark(): Promise<void> {
    const { window } = this;
    if (!(await window.fill(3))) return;
    const [a, b, c] = window.bytes.subarray(window.start, window.start + 3);
    if (a === 0xef && b === 0xbb && c === 0xbf) window.start += 3;
  }

  /** The error for what stands here instead of what was expected. */
  async unexpected(expected: string): Promise<FerryError> {
    const byte = await this.peek();
    if (byte === -1) return this.truncated(expected);
    return this.invalid(`Expected ${expected}, found ${JSON.stringify(letter(byte))}`, this.window.offset);
  }

  invalid(message: string, byte: number, cause?: unknown): FerryError {
    return new FerryError("DOCUMENT_INVALID", `${message} (byte ${byte})`, {
      hint: '`jq . FILE` says whether a file is JSON; a document is {"data":{"table":[{"column":value}]}}.',
      details: { byte },
      cause,
    });
  }

  truncated(expected: string): FerryError {
    const byte = this.window.offset + this.window.length;
    if (byte === 0)
      return new FerryError("ARCHIVE_TRUNCATED", "The document is empty", {
        hint: "Nothing is in the file. Copy, download or export it again.",
        details: { byte },
      });
    return new FerryError(
      "ARCHIVE_TRUNCATED",
      `The document ends at byte ${byte}, where ${expected} is expected`,
      { hint: "The file was cut. Copy, download or export it again.", details: { byte } },
    );
  }

  async #walkValue(
    what: string,
    onPiece: (piece: Bytes) => void,
    findEnd: FindEnd = closeFinder(),
  ): Promise<void> {
    const first = await this.peek();
    if (first === -1) throw this.truncated(what);
    if (first === COMMA || first === COLON || first === CLOSE_ARRAY || first === CLOSE_OBJECT) {
      throw await this.unexpected(what);
    }
    if (first === QUOTE || first === OPEN_OBJECT || first === OPEN_ARRAY)
      await this.#walkQuoted(what, onPiece, findEnd);
    else await this.#walkScalar(what, onPiece);
  }

  /** A string, object or array, to the quote or bracket that closes it. */
  async #walkQuoted(what: string, onPiece: (piece: Bytes) => void, findEnd: FindEnd): Promise<void> {
    const { window } = this;
    while (await window.fill(1)) {
      const { bytes, start, end } = window;
      const behind = findEnd(bytes, start, end);
      window.start = behind === -1 ? end : behind;
      onPiece(bytes.subarray(start, window.start));
      if (behind !== -1) return;
    }
    throw this.truncated(`the end of ${what}`);
  }

  /** A number, true, false or null. */
  async #walkScalar(what: string, onPiece: (piece: Bytes) => void): Promise<void> {
    const { window } = this;
    const { offset } = window;
    const pieces: Bytes[] = [];
    for (;;) {
      if (!(await window.fill(1))) throw this.truncated(`the end of ${what}`);
      const byte = window.bytes[window.start] as number;
      if (endsScalar(byte)) break;
      pieces.push(Uint8Array.of(byte));
      window.start++;
      if (pieces.length > MAX_SCALAR_BYTES) throw this.invalid(`${what} is not valid JSON`, offset);
    }
    const text = concatBytes(pieces);
    try {
      JSON.parse(decoder.decode(text));
    } catch (cause) {
      throw this.invalid(`${what} is not valid JSON`, offset, cause);
    }
    onPiece(text);
  }
}

/** The index behind the last byte of a string, object or array; -1 when it is not there yet. Called with piece after piece. */
type FindEnd = (bytes: Bytes, start: number, end: number) => number;

/** Looks at brackets and quotes alone. */
function closeFinder(): FindEnd {
  const state: NestingState = { depth: 0, quoted: false, escaped: false };
  return (bytes, start, end) => findClose(bytes, start, end, state);
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function letter(byte: number): string {
  return byte < 0x80 ? String.fromCharCode(byte) : `byte 0x${byte.toString(16)}`;
}
