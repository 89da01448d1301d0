import { type Case, textOf, values } from "../case.ts";

/** Bytes: close to D1's largest row of 2,000,000. */
const LARGE = 1_990_000;
const COLUMNS = { untyped: "", typed: "TEXT" };

export const text: readonly Case[] = [
  values("empties", "NULL, empty text and an empty blob", { v: "", t: "TEXT" }, [null, "", new Uint8Array()]),
  values("text_nul", "text with NUL", COLUMNS, ["a\0b", "\0", "ends\0", "\0\0begins"]),
  values("text_cr", "a lone \\r, and \\r\\n", COLUMNS, ["a\rb", "\r", "a\r\nb\r\n", "\n\r"]),
  values("text_backslash", "a literal \\n beside a newline", COLUMNS, [
    "a\\nb\nc",
    "\\r\r",
    "\\\n",
    "char(10)\n\\u000a",
  ]),
  values("text_controls", "all other control characters", COLUMNS, [
    ...Array.from({ length: 31 }, (_, i) => `<${String.fromCharCode(i + 1)}>`),
    "\u007f\u0085\u2028\u2029",
  ]),
  values("text_invalid", "text that is not valid UTF-8", COLUMNS, [
    textOf("ff"),
    textOf("61c328"),
    textOf("eda080"),
    textOf("f8888080"),
    textOf("c080"),
    textOf("e282"),
  ]),
  values("text_invalid_nul", "text that is not valid UTF-8, with NUL", COLUMNS, [
    textOf("00ff00"),
    textOf("ff0a5c6e"),
  ]),
  values("text_unicode", "any Unicode: emoji, BOM, noncharacters", COLUMNS, [
    "👩‍👩‍👧‍👦 ünïcödé",
    "\ufeffBOM",
    "\ufffe\uffff\u{10ffff}",
    "é",
    "é",
    "\ufffd",
  ]),
  values("text_quotes", "quotes, comments and SQL in text", COLUMNS, [
    "it's",
    "''",
    '"quoted"',
    "`tick`",
    "'); DROP TABLE text_quotes; --",
    "/* a */ ; -- b",
    "COMMIT;\nROLLBACK;",
    "?1 :a @b $c",
  ]),
  values("text_tags", "text that looks like d1-ferry's own tags, or JSON", COLUMNS, [
    '{"$int":"9007199254740993"}',
    '{"$blob":"AAEC"}',
    '{"$real":"1"}',
    '{"$text":"/w=="}',
    '[1,2,{"a":null}]',
    '"quoted"',
    "null",
    "true",
    '{"format":"d1-ferry/1"}',
    "},\n{",
  ]),
  values("text_numbers", "text that looks like a number", COLUMNS, [
    "007",
    "1.0",
    "1e5",
    "+1",
    " 1",
    "0x10",
    "9007199254740993",
    "Infinity",
    "-0",
  ]),
  values("text_in_integer", "text and blobs in an INTEGER column", { v: "INTEGER" }, [
    "abc",
    "1x",
    "",
    new Uint8Array([49]),
  ]),
  values("text_large", "text of 1,990,000 bytes", { v: "TEXT" }, ["0123456789 ".repeat(LARGE / 11)]),
  values("text_large_controls", "text of 1,990,000 bytes whose JSON is 6 times as long", { v: "TEXT" }, [
    "\u0001".repeat(LARGE),
  ]),
  values("blobs", "all bytes in a blob", { v: "", t: "TEXT", b: "BLOB" }, [
    Uint8Array.from({ length: 256 }, (_, i) => i),
    new Uint8Array([0]),
    new Uint8Array([0x61, 0x62]),
  ]),
  values("blob_large", "a blob of 1,990,000 bytes", { v: "BLOB" }, [
    Uint8Array.from({ length: LARGE }, (_, i) => (i * 31) & 255),
  ]),
];
