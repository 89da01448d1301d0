/** `FERRY_FAULTS=5000 npx vitest run test/faults`: every call in every way, and so many random journeys. */
const ASKED = Number(
  (globalThis as { process?: { env: Record<string, string | undefined> } }).process?.env.FERRY_FAULTS ?? 0,
);

export const IS_LONG = ASKED > 0;
export const RANDOM_JOURNEYS = IS_LONG ? ASKED : 40;
