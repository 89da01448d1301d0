import fc from "fast-check";

/** SQL expressions of single values, those that tools lose on the way first of all. */

export const hexOf = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

export const textOf = (text: string): string => `CAST(x'${hexOf(new TextEncoder().encode(text))}' AS TEXT)`;

export const integer = fc.oneof(
  { weight: 5, arbitrary: fc.integer({ min: -2, max: 9 }).map(String) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      "9007199254740991",
      "9007199254740992",
      "-9007199254740993",
      "9223372036854775807",
      "(-9223372036854775807 - 1)",
      "4294967296",
    ),
  },
  { weight: 1, arbitrary: fc.bigInt({ min: -(2n ** 63n) + 1n, max: 2n ** 63n - 1n }).map(String) },
);

export const real = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => {
    const text = String(number);
    return /[.e]/.test(text) ? text : `${text}.0`;
  }),
  fc.integer({ min: -2, max: 9 }).map((number) => `${number}.0`),
  fc.constantFrom(
    "9e999",
    "-9e999",
    "0.0",
    "('[-0.0]' ->> 0)",
    "1e22",
    "9007199254740993.0",
    "9223372036854775807.0",
    "5e-324",
    "2.2250738585072011e-308",
    "1.7976931348623157e308",
    "0.1",
  ),
);

/** Texts that a format could take for something of its own. */
const LOOKALIKES = [
  "",
  " ",
  "1",
  "1.0",
  "-0",
  "9223372036854775808",
  "1e400",
  "null",
  "true",
  "{}",
  "[]",
  '{"$int":"1"}',
  '{"$blob":"AAEC"}',
  '{"$real":"Infinity"}',
  '[1,"x"]',
  '"},\n"frames":[',
  "\\n\n",
  "\\u0000",
  "a\0b",
  "\0",
  "\r",
  "\r\n",
  "line\rline",
  "\uFEFF",
  "\uFFFD",
  "\u2028\u2029",
  "é",
  "e\u0301",
  "😀",
  "'; DROP TABLE x; --",
  "0,i5,",
];

const word = fc.constantFrom("a", "A", "b", "b ", "B", "c", "apple pear", "Pear", "plum");

const textBytes = fc.oneof(
  { weight: 4, arbitrary: word.map((text) => new TextEncoder().encode(text)) },
  { weight: 3, arbitrary: fc.constantFrom(...LOOKALIKES).map((text) => new TextEncoder().encode(text)) },
  {
    weight: 2,
    arbitrary: fc.string({ unit: "binary", maxLength: 8 }).map((text) => new TextEncoder().encode(text)),
  },
  { weight: 2, arbitrary: fc.uint8Array({ maxLength: 6 }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom("ff", "c3", "61c3", "eda080", "f4908080", "c080", "e28200").map(fromHex),
  },
);

function fromHex(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

export const text = textBytes.map((bytes) => `CAST(x'${hexOf(bytes)}' AS TEXT)`);
export const blob = fc.uint8Array({ maxLength: 8 }).map((bytes) => `x'${hexOf(bytes)}'`);

/** What a cell may be: which of these it is depends on its column. */
export interface CellChoice {
  /** Not the column's own class. */
  stray: boolean;
  isNull: boolean;
  /** Which row of a parent a foreign key points to. */
  parent: number;
  any: string;
  integer: string;
  real: string;
  text: string;
  blob: string;
}

export const cellChoice: fc.Arbitrary<CellChoice> = fc.record({
  stray: fc.integer({ min: 0, max: 9 }).map((n) => n === 9),
  isNull: fc.integer({ min: 0, max: 9 }).map((n) => n === 9),
  parent: fc.nat(5),
  any: fc.oneof(fc.constant("NULL"), integer, real, text, blob),
  integer,
  real,
  text,
  blob,
});

/** A cell for a column of this type. Rows that the column refuses after all are left out later. */
export function cellFor(type: string, choice: CellChoice): string {
  if (choice.isNull) return "NULL";
  if (choice.stray) return choice.any;
  const upper = type.toUpperCase();
  if (upper.includes("INT")) return choice.integer;
  if (/CHAR|TEXT|JSON/.test(upper)) return choice.text;
  if (/REAL|FLOA|DOUB/.test(upper)) return choice.real;
  if (upper === "BLOB") return choice.blob;
  return choice.any;
}

/** One value of many bytes; `unit` is repeated. */
export interface LargeChoice {
  bytes: number;
  unit: string;
  asBlob: boolean;
}

export const largeChoice: fc.Arbitrary<LargeChoice> = fc.record({
  bytes: fc.constantFrom(70_000, 400_000, 1_100_000, 1_900_000, 1_990_000),
  unit: fc.constantFrom("a", '"', "\\", "\0", "é", "😀", "\r\n", '{"$int":"1"}', "\x01", ""),
  asBlob: fc.boolean(),
});

export function largeValue({ bytes, unit, asBlob }: LargeChoice): string {
  // The empty unit stands for one invalid byte.
  const encoded = unit === "" ? Uint8Array.of(0xff) : new TextEncoder().encode(unit);
  // In JSON these take six bytes each, and a key of more than a page of the index holds cannot travel: UNSUPPORTED.
  const most = unit === "\0" || unit === "\x01" ? 1_100_000 : bytes;
  const times = Math.floor(Math.min(bytes, most) / encoded.length);
  const repeated = `CAST(replace(hex(zeroblob(${times})), '00', CAST(x'${hexOf(encoded)}' AS TEXT)) AS ${asBlob ? "BLOB" : "TEXT"})`;
  return asBlob && unit === "" ? `zeroblob(${bytes})` : repeated;
}
