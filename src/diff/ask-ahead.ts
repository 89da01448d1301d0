import { startOfCall } from "./ask-together.ts";
import type { Answer, ComparedPlace, Description, DescriptionAsked, Question } from "./questions.ts";

/**
 * A place that is asked what whoever compares is likely to ask it next, while it says how it is made: a round trip less, and
 * where it takes both in one call a request less. Whatever comes of that, what is asked is answered.
 */
export function askAhead(place: ComparedPlace, likely: readonly Question[], salt: string): ComparedPlace {
  const asked = startOfCall(likely);
  const at = new Map(asked.map((question, i) => [idOf(question, salt), i]));
  let known: Promise<readonly Answer[]> | undefined;
  const answerTo = async (question: Question | undefined) => {
    const i = question === undefined ? undefined : at.get(idOf(question, salt));
    return i === undefined ? null : ((await known)?.[i] ?? null);
  };
  return {
    async describe(wanted = {}) {
      if (known !== undefined || asked.length === 0) return place.describe(wanted);
      const { description, answers } = describeAndAsk(place, wanted, { questions: asked, salt });
      known = answers;
      return description;
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

interface Ahead {
  description: Promise<Description>;
  /** None where something is wrong with the questions: that is found out by who asks for real. */
  answers: Promise<readonly Answer[]>;
}

function describeAndAsk(
  place: ComparedPlace,
  wanted: DescriptionAsked,
  { questions, salt }: { questions: readonly Question[]; salt: string },
): Ahead {
  if (place.describeAndAsk === undefined) {
    const answers = place.ask(questions, salt).catch(() => []);
    return { answers, description: place.describe(wanted) };
  }
  const both = place.describeAndAsk(wanted, questions, salt).catch(async () => {
    // Such as a schema that has changed.
    return { description: await place.describe(wanted), answers: [] };
  });
  return {
    description: both.then(({ description }) => description),
    answers: both.then(({ answers }) => answers).catch(() => []),
  };
}
