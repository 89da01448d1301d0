import { describe, expect, test } from "vitest";
import type { Answer, ComparedPlace, Question } from "../../src/diff/index.ts";
import { comparePlaces, databasePlace } from "../../src/diff/index.ts";
import type {
  CutAnswer,
  CutQuestion,
  HashAnswer,
  MarksAnswer,
  RowsAnswer,
} from "../../src/diff/questions.ts";
import { memoryDatabase } from "../support/node-engine.ts";

const SCHEMA = "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)";

function filled(word: string): ComparedPlace {
  const rows = Array.from({ length: 300 }, (_, i) => `(${i}, '${i % 50 === 7 ? word : "same"}')`).join();
  const database = memoryDatabase(`${SCHEMA}; INSERT INTO t VALUES ${rows}`);
  return databasePlace(database, { leafBytes: 800, readBytes: 2000 });
}

/** A place that answers otherwise than it should. */
function lying(ask: Question["ask"], lie: (answer: never, question: Question) => unknown): ComparedPlace {
  const place = filled("other");
  return {
    ...place,
    // Leaves that a description has are no answer to a question.
    describe: (asked) => place.describe({ ...asked, leaves: false }),
    async ask(questions, salt) {
      const answers = await place.ask(questions, salt);
      return answers.map((answer, i) => {
        const question = questions[i] as Question;
        return question.ask === ask ? (lie(answer as never, question) as Answer) : answer;
      });
    },
  };
}

/** A place whose description has other leaves than its table. */
function describing(leaves: CutAnswer): ComparedPlace {
  const place = filled("other");
  return {
    ...place,
    async describe(asked) {
      const { tables, ...rest } = await place.describe(asked);
      return { ...rest, tables: tables.map((table) => ({ ...table, leaves })) };
    },
  };
}

type Lies = [what: string, place: ComparedPlace][];

/** By whichever place they are told. */
const LIES: Lies = [
  ["no hash", lying("hash", (answer: HashAnswer) => ({ ...answer, hashes: [] }))],
  [
    "hashes of more leaves than asked",
    lying("hash", ({ hashes, ...rest }: HashAnswer) => ({ ...rest, hashes: [...hashes, ...hashes] })),
  ],
  [
    "leaves that are too long however they are cut",
    lying("hash", ({ hashes, ...rest }: HashAnswer) => ({ ...rest, hashes: hashes.map(() => null) })),
  ],
  ["no rows at all", lying("rows", () => ({ ranges: [] }))],
  [
    "rows of more ranges than asked",
    lying("rows", ({ ranges }: RowsAnswer) => ({ ranges: [...ranges, ...ranges, ...ranges] })),
  ],
  [
    "rows without a key",
    lying("rows", ({ ranges }: RowsAnswer) => ({
      ranges: ranges.map((one) => ({ ...one, lines: ['{"v":"x"}'] })),
    })),
  ],
  [
    "rows that are none",
    lying("rows", ({ ranges }: RowsAnswer) => ({
      ranges: ranges.map((one) => ({ ...one, lines: ["nothing"] })),
    })),
  ],
];

const cutLie = (lie: (answer: CutAnswer) => CutAnswer) => lying("cut", lie);

const LEFT_LIES: Lies = [
  ...LIES,
  ["leaves that never end", cutLie(() => ({ ends: [[7]], more: true }))],
  ["leaves that end before the table does", cutLie(() => ({ ends: [[7]] }))],
  ["no leaves", cutLie(() => ({ ends: [] }))],
  ["an end, and more", cutLie((answer) => ({ ...answer, more: true }))],
  ["leaves the other way round", cutLie(({ ends }) => ({ ends: ends.toReversed() }))],
  ["leaves out of order", cutLie(({ ends }) => ({ ends: [[9], [2], ...ends] }))],
  ["keys with too many cells", cutLie(() => ({ ends: [[1, 2], null] }))],
  ["a description with leaves out of order", describing({ ends: [[9], [2], null] })],
  ["a description with leaves that do not end", describing({ ends: [[9], [20]] })],
  ["more buckets than there are", rowsLie("A".repeat(100))],
  ["no buckets", rowsLie("")],
];

function rowsLie(buckets: string): ComparedPlace {
  return lying("rows", ({ ranges }: RowsAnswer) => ({ ranges: ranges.map((one) => ({ ...one, buckets })) }));
}

const RIGHT_LIES: Lies = [
  ...LIES,
  ["no marks", lying("marks", () => ({ marks: [] }))],
  ["too few marks", lying("marks", ({ marks }: MarksAnswer) => ({ marks: marks.map(() => "AAAA") }))],
  [
    "marks of more ranges than asked",
    lying("marks", ({ marks }: MarksAnswer) => ({ marks: [...marks, ...marks] })),
  ],
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

  test.each([
    ["row by row", filled("own")],
    ["as a whole", databasePlace(memoryDatabase("CREATE TABLE t (v); INSERT INTO t VALUES (1)"))],
  ])("of both: leaves that go on and on, each behind the one before, compared %s", async (_, honest) => {
    const endless = (): ComparedPlace => ({
      ...honest,
      describe: (asked) => honest.describe({ ...asked, leaves: false }),
      async ask(questions) {
        return questions.map((question): Answer => {
          if (question.ask === "hash") return { hashes: question.ends.map(() => "AAAAAAAA"), rows: 0 };
          const from = Number((question as CutQuestion).after?.[0] ?? 0);
          return { ends: Array.from({ length: 50_000 }, (_, i) => [from + i + 1]), more: true };
        });
      },
    });
    const comparison = comparePlaces(endless(), endless(), { whole: true });
    await expect(comparison).rejects.toMatchObject({ code: "UNREACHABLE" });
  });

  test("and an honest comparison finds the rows that differ", async () => {
    const { tables } = await comparePlaces(filled("own"), filled("other"));
    expect(tables).toMatchObject([
      { table: "t", left: 300, right: 300, changed: 6, added: 0, deleted: 0, cells: 6 },
    ]);
  });

  test.each<[what: string, place: ComparedPlace]>([
    ["marks that all differ", lying("marks", ({ marks }: MarksAnswer) => ({ marks: marks.map(otherMarks) }))],
    ["marks that are the same by chance", sameMarks()],
    [
      "another hash of the rows that are not sent",
      lying("rows", ({ ranges }: RowsAnswer) => ({
        ranges: ranges.map((one) => ({ ...one, rest: "AAAAAAAA" })),
      })),
    ],
  ])("%s hide no row", async (_, place) => {
    const { tables } = await comparePlaces(filled("own"), place);
    expect(tables).toMatchObject([{ left: 300, right: 300, changed: 6, added: 0, deleted: 0, cells: 6 }]);
  });
});

const otherMarks = (marks: string) => marks.replace(/./g, (one) => (one === "A" ? "B" : "A"));

/** A place that has the marks of the other, but not its rows. */
function sameMarks(): ComparedPlace {
  const [place, other] = [filled("other"), filled("own")];
  return {
    ...place,
    async ask(questions, salt) {
      const [own, others] = await Promise.all([place.ask(questions, salt), other.ask(questions, salt)]);
      return own.map((answer, i) => (questions[i]?.ask === "marks" ? (others[i] as Answer) : answer));
    },
  };
}
