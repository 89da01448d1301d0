import { FerryError } from "../errors.ts";
import { countsOf, createMovement } from "./movement.ts";
import { sleep } from "./retry.ts";

/** Answers in a row that show no progress before the loop slows down, and before it gives up. */
const SLOW_AFTER = 3;
const STOP_AFTER = 60;
const SLOW_MS = 1000;

export interface StepAnswer {
  status: string;
  progress?: unknown;
}

export interface UntilDoneOptions<T> {
  /** Who answers, for messages. */
  where: string;
  /** Milliseconds between answers that show no progress, from the fourth on. @default 1000 */
  pause?: number | undefined;
  onProgress?: ((answer: T) => void) | undefined;
  signal?: AbortSignal | undefined;
}

/**
 * Runs the same call until it no longer answers "processing". Each call does a bounded amount of
 * work; answers that show none are waited between, and a minute of them is an error.
 */
export async function untilDone<T extends StepAnswer>(
  step: (last: T | null) => Promise<T>,
  { where, pause = SLOW_MS, onProgress, signal }: UntilDoneOptions<T>,
): Promise<T> {
  const movement = createMovement();
  let last: T | null = null;
  let still = 0;
  for (;;) {
    signal?.throwIfAborted();
    const answer = await step(last);
    onProgress?.(answer);
    if (answer.status !== "processing") return answer;
    still = movement.moved(countsOf(answer)) ? 0 : still + 1;
    if (still >= STOP_AFTER) throw stuck(answer, where, still);
    if (still >= SLOW_AFTER) await sleep(pause, signal);
    last = answer;
  }
}

function stuck({ progress }: StepAnswer, where: string, times: number): FerryError {
  return new FerryError("NO_PROGRESS", `${where} answered "processing" ${times} times and got no further`, {
    hint: "What was done is kept. Look at its status, then send the same request again, or drop it.",
    details: { ...(progress === undefined ? {} : { progress }) },
  });
}
