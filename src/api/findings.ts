import * as v from "valibot";

/** What a check found: all is well; it may go wrong, or works otherwise than one may think; nothing will work. */
export const VERDICTS = ["ok", "warning", "problem"] as const;

export type Verdict = (typeof VERDICTS)[number];

export const finding = v.strictObject({
  check: v.pipe(v.string(), v.description("What was looked at.")),
  verdict: v.pipe(
    v.picklist(VERDICTS),
    v.description(
      "warning: it may go wrong, or works otherwise than one may think. problem: nothing will work.",
    ),
  ),
  found: v.pipe(v.string(), v.description("One line, for a person.")),
  advice: v.pipe(v.array(v.string()), v.description("What to type, or to change; empty where all is well.")),
});

export type Finding = v.InferOutput<typeof finding>;

/** A finding, before it is said which check it is of. */
export type Found = Omit<Finding, "check">;

export const fine = (found: string): Found => ({ verdict: "ok", found, advice: [] });

export const warning = (found: string, ...advice: string[]): Found => ({ verdict: "warning", found, advice });

export const problem = (found: string, ...advice: string[]): Found => ({ verdict: "problem", found, advice });
