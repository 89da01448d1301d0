import fc from "fast-check";
import { expect, test } from "vitest";
import { type Answer, askAhead, type ComparedPlace, type Question } from "../../src/diff/index.ts";
import { seeded } from "../support/cases.ts";

const SALT = "salt";

/** Questions by a number each. */
const questionOf = (n: number): Question => ({
  ask: "cut",
  table: `t${n}`,
  key: ["id"],
  columns: 1,
  after: null,
  leafBytes: 48_000,
});
const answerTo = (question: Question, salt: string): Answer => ({ ends: [[`${question.table} ${salt}`]] });

/** Answers so many questions of a call; none of the first call where that `fails`. */
function placeThat({ tells, fails }: { tells: number; fails: boolean }) {
  const calls: { tables: string[]; salt: string }[] = [];
  const place: ComparedPlace = {
    describe: async () => ({ engine: "d1", leafBytes: 48_000, tables: [], others: [], notes: [] }),
    async ask(questions, salt) {
      calls.push({ tables: questions.map(({ table }) => table), salt });
      if (fails && calls.length === 1) throw new Error("no column of this name");
      return questions.slice(0, tells).map((question) => answerTo(question, salt));
    },
  };
  return { place, calls };
}

test("Whatever was asked ahead, and whatever came of it: what is asked is answered", async () => {
  const numbers = (maxLength: number) => fc.uniqueArray(fc.nat(8), { minLength: 1, maxLength });
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        likely: fc.uniqueArray(fc.nat(8)),
        asked: numbers(9),
        tells: fc.integer({ min: 1, max: 9 }),
      }),
      fc.boolean(),
      fc.constantFrom(SALT, "another"),
      async ({ likely, asked, tells }, fails, salt) => {
        const { place, calls } = placeThat({ tells, fails: fails && likely.length > 0 });
        const ahead = askAhead(place, likely.map(questionOf), SALT);
        await ahead.describe();
        expect(calls).toHaveLength(Math.min(1, likely.length));
        const answers: Answer[] = [];
        while (answers.length < asked.length) {
          const rest = asked.slice(answers.length).map(questionOf);
          const told = await ahead.ask(rest, salt);
          expect(told.length).toBeGreaterThan(0);
          answers.push(...told);
        }
        expect(answers).toEqual(asked.map((n) => answerTo(questionOf(n), salt)));
        const known = salt === SALT && !fails ? likely.slice(0, tells) : [];
        const told = known.filter((n) => asked.includes(n)).map((n) => `t${n}`);
        // What is known is asked again only with a question before it that is not.
        const first = `t${asked[0]}`;
        if (told.includes(first)) expect(calls.slice(1).flatMap(({ tables }) => tables)).not.toContain(first);
      },
    ),
    seeded(500),
  );
});
