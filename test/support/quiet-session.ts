import type { Session } from "../../src/cli/journey/session.ts";

/** What a part of a command needs of its session where nobody watches it. */
export const quietSession = {
  world: { signal: new AbortController().signal, now: () => 1_700_000_000_000 },
  printer: { progress: () => ({ update() {}, end() {} }) },
} as unknown as Session;
