import { type Example, statementsOf } from "./example.ts";

/** Tries to make an example smaller before it is shown, so often at most. */
const MOST_TRIES = 400;

/**
 * Runs a check on an example. If it fails, statements are taken away while it fails in the same way,
 * and the error shows what is left: a fixed case to be.
 */
export async function holds(example: Example, check: (example: Example) => Promise<void>): Promise<void> {
  try {
    await check(example);
  } catch (error) {
    const small = await smallest(example, check, kindOf(error));
    const sql = statementsOf(small.example)
      .map((text) => `${text};`)
      .join("\n");
    throw new Error(`${messageOf(small.error ?? error)}\n\nThe smallest database of this kind:\n${sql}`, {
      cause: small.error ?? error,
    });
  }
}

async function smallest(example: Example, check: (example: Example) => Promise<void>, kind: string) {
  let [best, error]: [Example, unknown] = [example, undefined];
  let tries = 0;
  for (let found = true; found && tries < MOST_TRIES; ) {
    found = false;
    for (const smaller of withoutOne(best)) {
      if (++tries > MOST_TRIES) break;
      try {
        await check(smaller);
      } catch (thrown) {
        if (kindOf(thrown) !== kind) continue;
        [best, error, found] = [smaller, thrown, true];
        break;
      }
    }
  }
  return { example: best, error };
}

function* withoutOne(example: Example): Generator<Example> {
  for (const part of ["rest", "indexes", "rows", "tables"] as const) {
    for (let i = example[part].length - 1; i >= 0; i--)
      yield { ...example, [part]: example[part].toSpliced(i, 1) };
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** The error, without what differs from case to case. */
const kindOf = (error: unknown): string =>
  messageOf(error)
    .split("\n")[0]!
    .replace(/"[^"]*"|reference = \w+|\d+|\{.*\}/g, "…")
    .slice(0, 100);
