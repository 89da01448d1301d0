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

const DESCRIPTION = { engine: "d1", leafBytes: 48_000, tables: [], others: [], notes: [] };

/** Answers so many questions of a call; none of the first call where that `fails`. `takesBoth` in one call. */
function placeThat({ tells, fails, takesBoth }: { tells: number; fails: boolean; takesBoth: boolean }) {
  const calls: { tables: string[]; salt: string }[] = [];
  const described: unknown[] = [];
  const place: ComparedPlace = {
    async describe(asked) {
      described.push(asked);
      return DESCRIPTION;
    },
    ...(takesBoth && {
      async describeAndAsk(asked, questions, salt) {
        const answers = await place.ask(questions, salt);
        described.push(asked);
        return { description: DESCRIPTION, answers };
      },
    }),
    async ask(questions, salt) {
      calls.push({ tables: questions.map(({ table }) => table), salt });
      if (fails && calls.length === 1) throw new Error("no column of this name");
      return questions.slice(0, tells).map((question) => answerTo(question, salt));
    },
  };
  return { place, calls, described };
}

test("Whatever was asked ahead, and whatever came of it: what is asked is answered", async () => {
  const numbers = (maxLength: number) => fc.uniqueArray(fc.nat(8), { minLength: 1, maxLength });
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        likely: fc.uniqueArray(fc.nat(8)),
        asked: numbers(9),
        tells: fc.integer({ min: 1, max: 9 }),
        takesBoth: fc.boolean(),
      }),
      fc.boolean(),
      fc.constantFrom(SALT, "another"),
      async ({ likely, asked, tells, takesBoth }, fails, salt) => {
        const { place, calls, described } = placeThat({
          tells,
          fails: fails && likely.length > 0,
          takesBoth,
        });
        const ahead = askAhead(place, likely.map(questionOf), SALT);
        const wanted = { leaves: true };
        expect(await ahead.describe(wanted)).toEqual(DESCRIPTION);
        expect(described).toEqual([wanted]);
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
