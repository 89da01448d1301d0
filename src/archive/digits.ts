/*
 * Integers beyond ±(2^53 − 1) keep their digits through JSON.parse as raw JSON values
 * (github.com/tc39/proposal-json-parse-with-source), which JSON.stringify writes as they were.
 * That parse is several times as slow, so it is for text in which such a number was seen.
 */

/** An integer that a JavaScript number cannot hold. */
export interface Digits {
  readonly rawJSON: string;
}

type Reviver = (key: string, value: unknown, context: { source?: string }) => unknown;

interface JsonWithSource {
  parse(text: string, reviver: Reviver): unknown;
  rawJSON?(text: string): Digits;
  isRawJSON?(value: unknown): value is Digits;
}

const json = JSON as object as JsonWithSource;

export function isDigits(value: unknown): value is Digits {
  return json.isRawJSON?.(value) === true;
}

/** As JSON.parse, but integers that it would round are `Digits`. */
export function parseKeepingDigits(text: string): unknown {
  const { rawJSON } = json;
  if (rawJSON === undefined) throw new TypeError("this runtime would round its large integers");
  return json.parse(text, (_key, value, { source }) =>
    typeof value === "number" && source !== undefined && isRounded(value, source) ? rawJSON(source) : value,
  );
}

function isRounded(value: number, source: string): boolean {
  return !Number.isSafeInteger(value) && /^-?\d+$/.test(source);
}
