import { FerryError } from "../errors.ts";
import { sleep } from "./retry.ts";

/** Answers in a row that show no progress before the loop slows down, and before it gives up. */
const SLOW_AFTER = 3;
const STOP_AFTER = 60;
const SLOW_MS = 1000;

export interface StepAnswer {
  status: string;
  progress?: unknown;
}

/**
 * Runs the same call until it no longer answers "processing". Each call does a bounded amount of
 * work; answers that show none are waited between, and a minute of them is an error.
 */
export async function untilDone<T extends StepAnswer>(
  step: (last: T | null) => Promise<T>,
  options: { onProgress?: ((answer: T) => void) | undefined; signal?: AbortSignal | undefined } = {},
): Promise<T> {
  let last: T | null = null;
  let place = "";
  let still = 0;
  for (;;) {
    const answer = await step(last);
    options.onProgress?.(answer);
    if (answer.status !== "processing") return answer;
    const now = placeOf(answer);
    still = now === place ? still + 1 : 0;
    if (still >= STOP_AFTER) throw stuck(answer, still);
    if (still >= SLOW_AFTER) await sleep(SLOW_MS, options.signal);
    place = now;
    last = answer;
  }
}

/** Everything an answer says but what differs anyway, such as how long it took. */
function placeOf(answer: StepAnswer): string {
  const {
    usage: _usage,
    duration: _duration,
    ...rest
  } = answer as StepAnswer & {
    usage?: unknown;
    duration?: unknown;
  };
  return JSON.stringify(rest);
}

function stuck(answer: StepAnswer, times: number): FerryError {
  return new FerryError("INTERNAL", `The app answered "processing" ${times} times without any progress`, {
    hint: "Nothing is lost. Look at the run's status, then run the same command again.",
    details: { progress: answer.progress },
  });
}
