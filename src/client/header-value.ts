import { FerryError } from "../errors.ts";

/** What keeps a credential out of a request's header, in words that do not show it; null where nothing does. */
export function headerProblem(value: string): string | null {
  if (/[\r\n]/.test(value)) return "has a line break in it";
  if (/[^\t\x20-\x7e]/.test(value)) return "has a character in it that no request header may have";
  return null;
}

/** Rejects with `INVALID_REQUEST`: `fetch` would refuse it as well, and its error shows the value. */
export function requireHeaderValue(name: "token" | "cookie", value: string | undefined): void {
  const problem = value === undefined ? null : headerProblem(value);
  if (problem === null) return;
  throw new FerryError("INVALID_REQUEST", `The ${name} ${problem}; it is not shown, and nothing was sent`, {
    hint: `Check where the ${name} comes from: it has to be one line of ASCII text.`,
  });
}
