import { startOfCall } from "./ask-together.ts";
import type { Answer, ComparedPlace, Question } from "./questions.ts";

/**
 * A place that is asked what whoever compares is likely to ask it next, while it says how it is made: a round trip less.
 * Whatever comes of that, what is asked is answered.
 */
export function askAhead(place: ComparedPlace, likely: readonly Question[], salt: string): ComparedPlace {
  let known: Map<string, Promise<Answer | null>> | undefined;
  const answerTo = async (question: Question | undefined) =>
    question === undefined ? null : ((await known?.get(idOf(question, salt))) ?? null);
  return {
    describe(asked) {
      known ??= ask(place, likely, salt);
      return place.describe(asked);
    },
    async ask(questions, salted) {
      const answers: Answer[] = [];
      if (salted !== salt) return place.ask(questions, salted);
      for (;;) {
        const answer = await answerTo(questions[answers.length]);
        if (answer === null) return answers.length > 0 ? answers : place.ask(questions, salted);
        answers.push(answer);
      }
    },
  };
}

const idOf = (question: Question, salt: string): string => JSON.stringify([salt, question]);

function ask(place: ComparedPlace, questions: readonly Question[], salt: string) {
  const asked = startOfCall(questions);
  // A schema that has changed meanwhile is no fault here: it is found out by who asks for real.
  const answers = asked.length === 0 ? Promise.resolve([]) : place.ask(asked, salt).catch(() => []);
  return new Map(
    asked.map((question, i) => [idOf(question, salt), answers.then((told) => told[i] ?? null)] as const),
  );
}
