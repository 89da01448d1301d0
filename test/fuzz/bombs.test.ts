import { execFile } from "node:child_process";
import { createWriteStream } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { createGzip, gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { endMember, glueMember, packedMember } from "../../src/archive/member.ts";
import { pageText, tailText } from "../../src/archive/text.ts";
import type { FrameEntry } from "../../src/archive/types.ts";
import { join as joinBytes } from "../archive/support/archives.ts";
import { utf8 } from "../archive/support/sources.ts";
import { ALL_CASES, oneOf, someOf } from "../support/cases.ts";
import { workDirectory } from "../support/cli.ts";
import { countTried } from "../support/figures.ts";

const run = promisify(execFile);
const cwd = await workDirectory();
const MB = 1_000_000;
const HUGE = ALL_CASES ? 2000 : 300;
/** Node itself takes 70 to 100 of them. */
const MOST_MEGABYTES = 450;

/** What it is, and its test: each takes seconds to make. */
type Bomb = [what: string, isTried: () => Promise<void>];

interface Reading {
  status: string;
  message: string;
  rows: number;
  megabytes: number;
}

/** Syncs a file in a process of its own. */
async function read(path: string): Promise<Reading> {
  countTried("documents made to fill the memory");
  const script = fileURLToPath(new URL("read-file.ts", import.meta.url));
  const { stdout } = await run(process.execPath, ["--no-warnings", script, path], { timeout: 280_000 });
  return JSON.parse(stdout) as Reading;
}

/** A text of parts, each of them so many times, gzipped as it goes: no bomb is ever in this process. */
async function gzipped(
  name: string,
  parts: readonly [text: string, times: number][],
  level = 1,
): Promise<string> {
  const path = join(cwd, name);
  await pipeline(Readable.from(pieces(parts)), createGzip({ level }), createWriteStream(path));
  return path;
}

function* pieces(parts: readonly [string, number][]): Generator<string> {
  for (const [text, times] of parts) {
    const most = Math.max(1, Math.floor(MB / text.length));
    for (let left = times; left > 0; left -= most) yield text.repeat(Math.min(most, left));
  }
}

async function stored(name: string, bytes: Uint8Array): Promise<string> {
  const path = join(cwd, name);
  await writeFile(path, bytes);
  return path;
}

const START = '{"data":{"authors":[{"id":1,"name":"';

async function isRefused(path: string, codes: RegExp): Promise<void> {
  const reading = await read(path);
  expect(reading.status, reading.message).toMatch(codes);
  expect(reading.rows).toBe(0);
  expect(reading.megabytes).toBeLessThan(MOST_MEGABYTES);
}

describe("A file made to fill the memory is refused, in little of it:", { timeout: 300_000 }, () => {
  const texts: Bomb[] = [
    [
      `one text of ${HUGE} MB in a gzip file`,
      async () => {
        await isRefused(
          await gzipped("text.json.gz", [
            [START, 1],
            ["a", HUGE * MB],
          ]),
          /DOCUMENT_INVALID|ARCHIVE_TRUNCATED/,
        );
      },
    ],

    [
      "a row of 50 MB",
      async () => {
        await isRefused(
          await gzipped("row.json.gz", [
            [START, 1],
            ["a", 50 * MB],
            ['"}]}}', 1],
          ]),
          /DOCUMENT_INVALID|ROW_TOO_LARGE/,
        );
      },
    ],

    [
      `${HUGE} MB of nothing before the rows`,
      async () => {
        await isRefused(
          await gzipped(
            "spaces.json.gz",
            [
              ['{"data":', 1],
              [" ", HUGE * MB],
              ['{"authors":[{"id":1}]}}', 1],
            ],
            9,
          ),
          /DOCUMENT_INVALID/,
        );
      },
    ],

    [
      "60 MB of nothing before the rows, which is read",
      async () => {
        const reading = await read(
          await gzipped("some-spaces.json.gz", [
            ['{"data":', 1],
            [" ", 60 * MB],
            ['{"authors":[{"id":1}]}}', 1],
          ]),
        );
        expect(reading).toMatchObject({ status: "completed", rows: 1 });
        expect(reading.megabytes).toBeLessThan(MOST_MEGABYTES);
      },
    ],

    [
      "a value nested a million deep, in a row",
      async () => {
        await isRefused(
          await gzipped("deep.json.gz", [
            ['{"data":{"authors":[{"id":1,"name":', 1],
            ["[", MB],
            ["]", MB],
            ["}]}}", 1],
          ]),
          /DOCUMENT_INVALID/,
        );
      },
    ],
  ];
  test.each(someOf(texts))("%s", (_, isTried) => isTried());

  test.each(oneOf(["schema", "frames", "source", "version", "other"]))(
    "a value nested a million deep, as %s",
    async (member) => {
      const reading = await read(
        await gzipped(`deep-${member}.json.gz`, [
          [`{"${member}":`, 1],
          ["[", MB],
          ["]", MB],
          [',"data":{"authors":[{"id":1}]}}', 1],
        ]),
      );
      expect(reading.status).toMatch(/DOCUMENT_INVALID|completed/);
      expect(reading.megabytes).toBeLessThan(MOST_MEGABYTES);
    },
  );

  test("a header of 100 MB, in a plain document", async () => {
    await isRefused(
      await gzipped("header.json.gz", [
        ['{"schema":"', 1],
        ["a", 100 * MB],
        ['","data":{"authors":[{"id":1}]}}', 1],
      ]),
      /DOCUMENT_INVALID/,
    );
  });

  test("200,000 tables", async () => {
    const names = Array.from({ length: 200_000 }, (_, i) => `"t${i}":[]`).join(",");
    await isRefused(
      await stored("tables.json", utf8(`{"data":{${names}}}`)),
      /DOCUMENT_INVALID|UNKNOWN_TABLE/,
    );
  });

  // A name is cut into words, to see whether it is a secret's: all of these took more than the square of their length.
  const names = [
    ["letters beyond ASCII", "é".repeat(450_000)],
    ["capitals", "A".repeat(900_000)],
    ["letters and digits", "a1".repeat(450_000)],
    ["known words", "passwordtoken".repeat(70_000)],
  ] as const;
  test.each(oneOf(names))("a table's name of 900 kB: %s", async (_, name) => {
    await isRefused(
      await stored("name.json", utf8(`{"data":{"${name}":[{"id":1}]}}`)),
      /UNKNOWN_TABLE|INVALID_REQUEST/,
    );
  });

  test("9,000 tables whose names are made of known words", async () => {
    const names = Array.from({ length: 9_000 }, (_, i) => `"${"passwordtoken".repeat(20)}${i}":[{"id":1}]`);
    await isRefused(
      await stored("names.json", utf8(`{"data":{${names.join(",")}}}`)),
      /UNKNOWN_TABLE|INVALID_REQUEST/,
    );
  });

  describe("an archive", () => {
    const packed = new Map<number, Buffer>();
    /** Spaces, packed once for all tests: it takes seconds. */
    const pack = (size: number, kind: "header" | "packed") => {
      const bytes = packed.get(size) ?? gzipSync(Buffer.alloc(size, 0x20), { level: 1 });
      packed.set(size, bytes);
      return packedMember(new Uint8Array(bytes), kind);
    };
    const small = (text: string, kind: "header" | "packed") =>
      packedMember(new Uint8Array(gzipSync(text, { level: 1 })), kind);
    const header = small(
      '{"format":"d1-ferry/1","version":1,"exportedAt":1,"source":{"engine":"d1"},"schema":[],\n"data":{',
      "header",
    );

    const framed = async (change: (frame: Uint8Array) => Uint8Array) => {
      const glue = glueMember('"authors":[');
      const frame = change(pack(500 * MB, "packed")) as typeof header;
      const entry: FrameEntry = {
        table: "authors",
        rows: 1,
        after: null,
        through: null,
        offset: header.length + glue.length,
        bytes: frame.length,
        textBytes: 500 * MB,
        sha256: "0".repeat(64),
      };
      const last = glueMember("]");
      const page = small(pageText([entry], { first: true }), "packed");
      const tailOffset = entry.offset + frame.length + last.length + page.length;
      const summary = { table: "authors", frames: 1, rows: 1, textBytes: 500 * MB };
      const tables = [{ ...summary, crc32: "00000000", sha256: "0".repeat(64) }];
      const file = joinBytes([
        header,
        glue,
        frame,
        last,
        page,
        small(tailText({ tables, pages: [[page.length, 1]] }), "packed"),
        endMember({ headerBytes: header.length, tailOffset }),
      ]);
      await isRefused(await stored("frame.gz", file), /ARCHIVE_CORRUPT/);
    };

    const archives: Bomb[] = [
      [
        "with a header of 100 MB",
        async () => {
          const large = pack(100 * MB, "header");
          const mark = { headerBytes: large.length, tailOffset: large.length };
          await isRefused(
            await stored(
              "large.gz",
              joinBytes([large, small(tailText({ tables: [], pages: [] }), "packed"), endMember(mark)]),
            ),
            /ARCHIVE_CORRUPT/,
          );
        },
      ],

      [
        "with a tail of 500 MB",
        async () => {
          const mark = { headerBytes: header.length, tailOffset: header.length };
          await isRefused(
            await stored("index.gz", joinBytes([header, pack(500 * MB, "packed"), endMember(mark)])),
            /ARCHIVE_CORRUPT/,
          );
        },
      ],

      [
        "with a page of the index of 500 MB",
        async () => {
          const page = pack(500 * MB, "packed");
          const summary = { table: "authors", frames: 1, rows: 1, textBytes: 0 };
          const tables = [{ ...summary, crc32: "00000000", sha256: "0".repeat(64) }];
          const last = glueMember("]");
          const mark = { headerBytes: header.length, tailOffset: header.length + last.length + page.length };
          const tail = small(tailText({ tables, pages: [[page.length, 1]] }), "packed");
          await isRefused(
            await stored("page.gz", joinBytes([header, last, page, tail, endMember(mark)])),
            /ARCHIVE_CORRUPT/,
          );
        },
      ],
      ["with a frame of 500 MB, whose trailer says so", () => framed((frame) => frame)],
      ["with a frame of 500 MB, whose trailer denies it", () => framed((frame) => frame.fill(0, -4))],
    ];
    test.each(someOf(archives))("%s", (_, isTried) => isTried());
  });
});
