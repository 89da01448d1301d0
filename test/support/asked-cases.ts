/** Which generated cases, fault walks and random journeys are run. */
export interface AskedCases {
  /** All of them, and not a sample. */
  all: boolean;
  /** Every generated case follows from it. A 31-bit integer. */
  seed: number;
  /** How many times as many generated cases and random journeys. */
  times: number;
}

/** The part of what takes long which a sample runs. */
export const SAMPLE = 1 / 10;

const LARGEST_SEED = 2 ** 31 - 1;

/** Reads what the environment asks for. Throws for what it cannot mean. */
export function readAskedCases(env: Record<string, string | undefined>): AskedCases {
  const { FERRY_TESTS = "sample", FERRY_PROPERTY_SEED, FERRY_PROPERTY_RUNS = "1" } = env;
  // What quick leaves out, it leaves out by folder: vitest.config.ts.
  if (!["all", "sample", "quick"].includes(FERRY_TESTS))
    throw new Error(`FERRY_TESTS is "all", "sample" or "quick", not "${FERRY_TESTS}"`);
  const seed = FERRY_PROPERTY_SEED === undefined ? freshSeed() : Number(FERRY_PROPERTY_SEED);
  if (FERRY_PROPERTY_SEED === "" || !Number.isInteger(seed) || seed < 0 || seed > LARGEST_SEED)
    throw new Error(
      `FERRY_PROPERTY_SEED is an integer from 0 to ${LARGEST_SEED}, not "${FERRY_PROPERTY_SEED}"`,
    );
  const times = Number(FERRY_PROPERTY_RUNS);
  if (!(times > 0 && times < Number.POSITIVE_INFINITY))
    throw new Error(`FERRY_PROPERTY_RUNS is a number above 0, not "${FERRY_PROPERTY_RUNS}"`);
  return { all: FERRY_TESTS === "all", seed, times };
}

const freshSeed = (): number => Math.floor(Math.random() * LARGEST_SEED);

/**
 * Of these cases the first, the last and about a tenth in all, but at least one from between those two; which ones
 * follows from the seed, so that many runs have them all.
 */
export function pickSome<Case>(cases: readonly Case[], { all, seed }: Omit<AskedCases, "times">): Case[] {
  const last = cases.length - 1;
  const between = Math.max(1, Math.round(cases.length * SAMPLE) - 2);
  const every = all ? 1 : Math.max(1, Math.ceil((last - 1) / between));
  return cases.filter((_, i) => i === 0 || i === last || (i + seed) % every === 0);
}

/** Numbers from `first` to `below`, without it: the first, and every tenth by the seed. */
export function* pickPoints(
  first: number,
  below: number,
  { all, seed }: Omit<AskedCases, "times">,
): Generator<number> {
  const every = all ? 1 : Math.round(1 / SAMPLE);
  for (let point = first; point < below; point++)
    if (point === first || (point + seed) % every === 0) yield point;
}

/** Whether what goes by this name is one of the part that a sample with this seed has. */
export function isPicked(name: string, seed: number): boolean {
  let hash = seed;
  for (const letter of name) hash = (Math.imul(hash, 31) + (letter.codePointAt(0) ?? 0)) >>> 0;
  return hash % Math.round(1 / SAMPLE) === 0;
}
