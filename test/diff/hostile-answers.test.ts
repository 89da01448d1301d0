import { describe, expect, test } from "vitest";
import type { Answer, ComparedPlace, Question } from "../../src/diff/index.ts";
import { comparePlaces, databasePlace } from "../../src/diff/index.ts";
import { memoryDatabase } from "../support/node-engine.ts";

const SCHEMA = "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)";

function filled(word: string): ComparedPlace {
  const rows = Array.from({ length: 300 }, (_, i) => `(${i}, '${i % 50 === 7 ? word : "same"}')`).join();
  const database = memoryDatabase(`${SCHEMA}; INSERT INTO t VALUES ${rows}`);
  return databasePlace(database, { leafBytes: 800, finerBytes: 100, readBytes: 2000 });
}

/** A place that answers otherwise than it should. */
function lying(ask: Question["ask"], lie: (answer: never, question: Question) => unknown): ComparedPlace {
  const place = filled("other");
  return {
    ...place,
    async ask(questions, salt) {
      const answers = await place.ask(questions, salt);
      return answers.map((answer, i) => {
        const question = questions[i] as Question;
        return question.ask === ask ? (lie(answer as never, question) as Answer) : answer;
      });
    },
  };
}

type Leaves = { leaves: [unknown, string][]; rows: number };
type Matched = { differ: { leaf: number; finer: [unknown, string][] }[]; leaves: number; rows: number };
type Rows = { ranges: { lines: string[]; missing: number[] }[] };

const LEFT_LIES: [what: string, place: ComparedPlace][] = [
  [
    "leaves without an end",
    lying("cut", (answer: Leaves) => ({ ...answer, leaves: [[[7], "A".repeat(16)]], more: true })),
  ],
  ["no leaves", lying("cut", (answer: Leaves) => ({ ...answer, leaves: [] }))],
  ["an end, and more", lying("cut", (answer: Leaves) => ({ ...answer, more: true }))],
  [
    "leaves the other way round",
    lying("cut", (answer: Leaves) => ({ ...answer, leaves: answer.leaves.toReversed() })),
  ],
  [
    "keys with too many cells",
    lying("cut", (answer: Leaves) => ({
      ...answer,
      leaves: [
        [[1, 2], "A".repeat(16)],
        [null, "A".repeat(16)],
      ],
    })),
  ],
  ["hashes of other leaves", lying("hashes", (answer: Leaves) => ({ leaves: answer.leaves.slice(1) }))],
  [
    "rows without a key",
    lying("rows", ({ ranges }: Rows) => ({
      ranges: ranges.map((one) => ({ ...one, lines: ['{"v":"x"}'] })),
    })),
  ],
  [
    "rows that are none",
    lying("rows", ({ ranges }: Rows) => ({ ranges: ranges.map((one) => ({ ...one, lines: ["nothing"] })) })),
  ],
];

const RIGHT_LIES: typeof LEFT_LIES = [
  ["no leaf compared", lying("match", (answer: Matched) => ({ ...answer, leaves: 0 }))],
  ["more leaves than asked", lying("match", (answer: Matched) => ({ ...answer, leaves: answer.leaves + 1 }))],
  [
    "a leaf that was not asked",
    lying("match", (answer: Matched) => ({
      ...answer,
      differ: [{ leaf: 999, finer: [[null, "AAAAAAAA"]] }],
    })),
  ],
  [
    "finer leaves without an end",
    lying("match", (answer: Matched) => ({
      ...answer,
      leaves: 1,
      differ: [{ leaf: 0, finer: [[[3], "AAAAAAAA"]] }],
      more: true,
    })),
  ],
  [
    "finer leaves in disorder",
    lying("match", (answer: Matched) => ({
      ...answer,
      differ: answer.differ.map((one) => ({
        ...one,
        finer: [[[9], "AAAAAAAA"], [[2], "AAAAAAAA"], ...one.finer],
      })),
    })),
  ],
  [
    "rows of more ranges than asked",
    lying("rows", ({ ranges }: Rows) => ({ ranges: [...ranges, ...ranges, ...ranges] })),
  ],
  ["no rows at all", lying("rows", () => ({ ranges: [] }))],
];

describe("Answers that make no sense end a comparison with an error", () => {
  test.each(LEFT_LIES)("of the first place: %s", async (_, place) => {
    await expect(comparePlaces(place, filled("own"))).rejects.toMatchObject({
      code: expect.stringMatching(/^(UNREACHABLE|INVALID_REQUEST)$/),
    });
  });

  test.each(RIGHT_LIES)("of the second: %s", async (_, place) => {
    await expect(comparePlaces(filled("own"), place)).rejects.toMatchObject({
      code: expect.stringMatching(/^(UNREACHABLE|INVALID_REQUEST)$/),
    });
  });

  test("and an honest comparison finds the rows that differ", async () => {
    const { tables } = await comparePlaces(filled("own"), filled("other"));
    expect(tables).toMatchObject([
      { table: "t", left: 300, right: 300, changed: 6, added: 0, deleted: 0, cells: 6 },
    ]);
  });
});
