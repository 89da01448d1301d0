import { TestRunner } from "vitest";

declare module "vitest" {
  interface TaskMeta {
    /** How many of something a test tried, by what it is. */
    figures?: Record<string, number>;
  }
}

/** Counts what a test tries, for `npm run attacks` to sum up. What prepares a test's file is no attempt. */
export function countTried(what: string, tried = 1): void {
  const test = TestRunner.getCurrentTest();
  if (test === undefined) return;
  test.meta.figures ??= {};
  test.meta.figures[what] = (test.meta.figures[what] ?? 0) + tried;
}
