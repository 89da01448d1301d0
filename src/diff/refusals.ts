import { FerryError } from "../errors.ts";

export function notComparable(why: string): FerryError {
  return new FerryError("INVALID_REQUEST", `${why}; nothing was compared`, {
    hint: "The schema changed, or the question was made for another database: compare again.",
  });
}

export function outOfOrder({ name }: { name: string }): FerryError {
  return notComparable(`Keys of "${name}" were asked for that do not follow each other`);
}

export function writtenMeanwhile({ name }: { name: string }): FerryError {
  return new FerryError("PLAN_STALE", `Rows of "${name}" were written while they were compared`, {
    hint: "Compare again.",
  });
}
