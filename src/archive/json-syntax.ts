import type { Bytes } from "../bytes.ts";
import {
  BACKSLASH,
  CLOSE_ARRAY,
  CLOSE_OBJECT,
  COLON,
  COMMA,
  endsScalar,
  isSpace,
  LOWER_U,
  OPEN_ARRAY,
  OPEN_OBJECT,
  QUOTE,
} from "./letters.ts";
import { MAX_SCALAR_BYTES } from "./limits.ts";

/** What may come next. In a string that is a name the colon follows its end. */
type Expected =
  | "value"
  | "value or ]"
  | "name"
  | "name or }"
  | "colon"
  | "comma or end"
  | "letter"
  | "letter of a name"
  | "escape"
  | "hex digit"
  | "scalar";

type Letter = "letter" | "letter of a name";

const ESCAPED = new Set([...'"\\/bfnrt'].map((letter) => letter.charCodeAt(0)));

const HEX_DIGIT = /[0-9A-Fa-f]/;

/**
 * Checks the syntax of one JSON string, object or array (RFC 8259) that passes by in pieces of any size.
 * Keeps a bit for each open bracket and the number it is in, and nothing else of the text.
 */
export class JsonSyntax {
  #expected: Expected = "value";
  /** For each open bracket whether it is an object's, 32 in a number. */
  readonly #objects: number[] = [];
  #depth = 0;
  /** Where an escape goes on. */
  #letter: Letter = "letter";
  /** Of an escape \uXXXX those that are to come. */
  #hexDigits = 0;
  #scalar = "";

  /** The index behind the value's last byte; -1 when it is not there yet. Throws a SyntaxError. */
  read(bytes: Bytes, start: number, end: number): number {
    for (let i = start; i < end; i++) {
      this.#expected = this.#next(bytes[i] as number);
      if (this.#depth === 0 && this.#expected === "comma or end") return i + 1;
    }
    return -1;
  }

  /** What is expected behind a byte. */
  #next(byte: number): Expected {
    switch (this.#expected) {
      case "letter":
      case "letter of a name":
        return this.#behindLetter(byte, this.#expected);
      case "escape":
        return this.#behindEscape(byte);
      case "hex digit":
        if (!HEX_DIGIT.test(String.fromCharCode(byte))) throw this.#unexpected();
        return --this.#hexDigits === 0 ? this.#letter : "hex digit";
      case "scalar":
        return this.#behindScalar(byte);
      default:
        return isSpace(byte) ? this.#expected : this.#behindMark(byte);
    }
  }

  /** Behind a byte between two values, or the first of one. */
  #behindMark(byte: number): Expected {
    switch (this.#expected) {
      case "name or }":
        return byte === CLOSE_OBJECT ? this.#close(byte) : this.#openName(byte);
      case "name":
        return this.#openName(byte);
      case "colon":
        if (byte !== COLON) throw this.#unexpected();
        return "value";
      case "comma or end":
        if (byte !== COMMA) return this.#close(byte);
        return this.#isInObject() ? "name" : "value";
      case "value or ]":
        return byte === CLOSE_ARRAY ? this.#close(byte) : this.#openValue(byte);
      default:
        return this.#openValue(byte);
    }
  }

  #openName(byte: number): Expected {
    if (byte !== QUOTE) throw this.#unexpected();
    return "letter of a name";
  }

  #openValue(byte: number): Expected {
    if (byte === QUOTE) return "letter";
    if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) return this.#open(byte === OPEN_OBJECT);
    return this.#behindScalar(byte);
  }

  #open(isObject: boolean): Expected {
    const at = this.#depth >>> 5;
    const bit = 1 << (this.#depth & 31);
    const others = (this.#objects[at] ?? 0) & ~bit;
    this.#objects[at] = isObject ? others | bit : others;
    this.#depth++;
    return isObject ? "name or }" : "value or ]";
  }

  #close(byte: number): Expected {
    if (byte !== (this.#isInObject() ? CLOSE_OBJECT : CLOSE_ARRAY)) throw this.#unexpected();
    this.#depth--;
    return "comma or end";
  }

  #isInObject(): boolean {
    const innermost = this.#depth - 1;
    return ((this.#objects[innermost >>> 5] as number) & (1 << (innermost & 31))) !== 0;
  }

  #behindLetter(byte: number, letter: Letter): Expected {
    if (byte === QUOTE) return letter === "letter" ? "comma or end" : "colon";
    if (byte < 0x20) throw this.#unexpected();
    this.#letter = letter;
    return byte === BACKSLASH ? "escape" : letter;
  }

  #behindEscape(byte: number): Expected {
    if (byte === LOWER_U) {
      this.#hexDigits = 4;
      return "hex digit";
    }
    if (!ESCAPED.has(byte)) throw this.#unexpected();
    return this.#letter;
  }

  #behindScalar(byte: number): Expected {
    if (endsScalar(byte)) {
      JSON.parse(this.#scalar);
      this.#scalar = "";
      this.#expected = "comma or end";
      return isSpace(byte) ? this.#expected : this.#behindMark(byte);
    }
    this.#scalar += String.fromCharCode(byte);
    if (this.#scalar.length > MAX_SCALAR_BYTES) throw this.#unexpected();
    return "scalar";
  }

  #unexpected(): SyntaxError {
    return new SyntaxError(`Expected ${this.#expected}`);
  }
}
