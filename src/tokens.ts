import * as v from "valibot";
import type { Bytes } from "./bytes.ts";
import { FerryError } from "./errors.ts";
import { type Grant, grantWith, problemOf } from "./grants.ts";

/** A shorter token could be guessed, so it is treated as none at all. */
export const MIN_TOKEN_LENGTH = 32;

/** A token as the app's environment has it: nobody can log in with what stands there. */
export interface NamedToken extends Grant {
  /** The token's SHA-256, in hex. */
  sha256: string;
  /** When it ends, milliseconds since 1970. @default never */
  expires?: number | undefined;
}

/** A new token: 256 random bits, in a form that scanners for secrets can know. */
export function newToken(): string {
  return `ferry_${toHex(crypto.getRandomValues(new Uint8Array(32)))}`;
}

/** What is kept of a token, in hex. One round is enough: it has 256 bits, unlike a password. */
export async function hashToken(token: string): Promise<string> {
  return toHex(await digestOf(token));
}

export async function digestOf(text: string): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
}

/**
 * The line of FERRY_TOKENS that lets this token in. Rejects with `NOT_CONFIGURED` for a grant that no
 * app would read.
 */
export async function describeToken(
  token: string,
  { name, may, tables, expires }: Omit<NamedToken, "sha256">,
): Promise<string> {
  const line = JSON.stringify({
    name,
    may,
    ...(tables === undefined ? {} : { tables }),
    ...(expires === undefined ? {} : { expires: new Date(expires).toISOString() }),
    sha256: await hashToken(token),
  });
  parseTokens(line);
  return line;
}

const tokenSchema = v.pipe(
  grantWith({
    sha256: v.pipe(
      v.string("has to be text"),
      v.regex(/^[0-9a-f]{64}$/i, "has to be the token's SHA-256 in hex, 64 digits"),
      v.toLowerCase(),
    ),
    expires: v.optional(
      v.pipe(
        v.string("has to be a time such as 2027-01-31T12:00:00Z"),
        v.check(
          isTime,
          "has to be a time such as 2027-01-31T12:00:00Z, or a date, which is its first moment in UTC",
        ),
        v.transform((text) => Date.parse(text)),
      ),
    ),
  }),
  v.check(({ may }) => may.length > 0, '"may" has to allow something'),
);

/**
 * What stands in FERRY_TOKENS: a JSON object a line; or an array of them, as text or, where the
 * environment holds JSON, as it is. Rejects with `NOT_CONFIGURED`, naming the line and the field and
 * nothing of what stands there.
 */
export function parseTokens(setting: unknown): NamedToken[] {
  return entriesOf(setting).map(({ place, value }) => {
    const read = v.safeParse(tokenSchema, value, { abortEarly: true });
    if (read.success) return read.output;
    throw unreadable(place, problemOf(read.issues));
  });
}

interface Entry {
  place: string;
  value: unknown;
}

function entriesOf(setting: unknown): Entry[] {
  if (setting === undefined || setting === null) return [];
  const values = typeof setting === "string" && /^\s*\[/.test(setting) ? parse(setting, "it") : setting;
  if (Array.isArray(values)) return values.map((value, i) => ({ place: `entry ${i + 1}`, value }));
  if (typeof values !== "string") return [{ place: "it", value: values }];
  return values.split(/\r?\n/).flatMap((line, i) => {
    const place = `line ${i + 1}`;
    return line.trim() === "" ? [] : [{ place, value: parse(line, place) }];
  });
}

function parse(text: string, place: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own message would quote the text.
    throw unreadable(place, "is not JSON");
  }
}

function unreadable(place: string, problem: string): FerryError {
  return new FerryError("NOT_CONFIGURED", `FERRY_TOKENS cannot be read: ${place}: ${problem}`, {
    hint: 'A token is a line such as {"name":"ci","may":["plan"],"sha256":"…"}; d1-ferry token makes one.',
    details: { setting: "FERRY_TOKENS" },
  });
}

/** A date or a time with its zone: what Date.parse takes for local time means another moment elsewhere. */
function isTime(text: string): boolean {
  return (
    /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/.test(text) &&
    !Number.isNaN(Date.parse(text))
  );
}

function toHex(bytes: Bytes): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
