import { FerryError } from "../errors.ts";
import type { Answer, AnswerTo, ComparedPlace, Question } from "./questions.ts";

const encoder = new TextEncoder();

/** How long something is in a request's body. */
export const bodyBytes = (value: unknown): number => encoder.encode(JSON.stringify(value)).length;

/** Bytes of a question's ranges, about: what asks has to fit a request's body. */
const QUESTION_BYTES = 20_000;

/** As many of the ranges as one question takes; the first in any case. */
export function startOf<T>(ranges: readonly T[]): T[] {
  let bytes = 0;
  const end = ranges.findIndex((range, i) => {
    bytes += bodyBytes(range);
    return i > 0 && bytes > QUESTION_BYTES;
  });
  return end < 0 ? [...ranges] : ranges.slice(0, end);
}

/** Questions that one call takes at the most, and bytes of them, about: a request's body has an end. */
const AT_ONCE = { questions: 64, bytes: 40_000 };

/** As many of the questions as one call takes; the first in any case. */
export function startOfCall<Q extends Question>(questions: readonly Q[]): Q[] {
  let bytes = 0;
  const end = questions.findIndex((question, i) => {
    bytes += bodyBytes(question);
    return i === AT_ONCE.questions || (i > 0 && bytes > AT_ONCE.bytes);
  });
  return end < 0 ? [...questions] : questions.slice(0, end);
}

/** Bytes of a single question. */
const LONGEST = 60_000;

/** Keys of the table are too long to be asked about. */
export class LongKeys extends Error {
  override readonly name = "LongKeys";
}

interface Waiting {
  question: Question;
  resolve(answer: Answer): void;
  reject(error: unknown): void;
}

/** Puts questions that are asked at the same time into one call. */
export class AskTogether {
  readonly #place: ComparedPlace;
  readonly #salt: string;
  #waiting: Waiting[] = [];
  #calling = false;

  constructor(place: ComparedPlace, salt: string) {
    this.#place = place;
    this.#salt = salt;
  }

  ask<Q extends Question>(question: Q): Promise<AnswerTo<Q>> {
    if (bodyBytes(question) > LONGEST) return Promise.reject(new LongKeys());
    return new Promise((resolve, reject) => {
      this.#waiting.push({ question, resolve: resolve as Waiting["resolve"], reject });
      // Whoever asks in the same moment comes along.
      queueMicrotask(() => void this.#call());
    });
  }

  async #call(): Promise<void> {
    if (this.#calling) return;
    this.#calling = true;
    try {
      while (this.#waiting.length > 0) {
        const asked = this.#take();
        try {
          const questions = asked.map(({ question }) => question);
          const answers = await this.#place.ask(questions, this.#salt);
          if (answers.length === 0 || answers.length > asked.length) throw noAnswer();
          for (const [i, answer] of answers.entries()) (asked[i] as Waiting).resolve(answer);
          this.#waiting.unshift(...asked.slice(answers.length));
        } catch (error) {
          for (const one of [...asked, ...this.#waiting.splice(0)]) one.reject(error);
        }
        // Those who were answered ask on before the next call.
        await new Promise((resolve) => setTimeout(resolve, 0));
      }
    } finally {
      this.#calling = false;
    }
  }

  #take(): Waiting[] {
    const count = startOfCall(this.#waiting.map(({ question }) => question)).length;
    return this.#waiting.splice(0, count);
  }
}

function noAnswer(): FerryError {
  return new FerryError(
    "UNREACHABLE",
    "What was asked about rows was answered with nothing, or with too much",
    {
      hint: "Look whether the app runs this version of d1-ferry.",
    },
  );
}
