import type { TestProject } from "vitest/node";
import { type AskedCases, readAskedCases } from "./asked-cases.ts";

declare module "vitest" {
  interface ProvidedContext {
    cases: AskedCases;
  }
}

/** Decides once, for all files of all projects, and says how to get the same cases again. */
export default function setup(project: TestProject): void {
  const cases = readAskedCases(process.env);
  const times = cases.times === 1 ? "" : ` FERRY_PROPERTY_RUNS=${cases.times}`;
  console.log(
    `Cases: FERRY_TESTS=${cases.all ? "all" : "sample"} FERRY_PROPERTY_SEED=${cases.seed}${times}\n`,
  );
  project.provide("cases", cases);
}
