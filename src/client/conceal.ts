import { type FerryError, retold } from "../errors.ts";

/** Shorter ones are parts of words. */
const MIN_LENGTH = 8;

/**
 * Takes credentials out of what a server says: the page of an error may show the request that it is
 * about, and a hostile one does.
 */
export function concealer(credentials: readonly (string | undefined)[]): (text: string) => string {
  const given = credentials.filter((one) => one !== undefined);
  // Of a cookie also each value by itself: `a=1; b=2`.
  const values = given.flatMap((one) => one.split(/;\s*/).map((pair) => pair.slice(pair.indexOf("=") + 1)));
  const forms = [...given, ...values]
    .filter((one) => one.length >= MIN_LENGTH)
    .flatMap((one) => [one, JSON.stringify(one).slice(1, -1), encodeURIComponent(one)]);
  const secrets = [...new Set(forms)].sort((one, other) => other.length - one.length);
  return (text) => secrets.reduce((rest, secret) => rest.replaceAll(secret, "…"), text);
}

/** An answer's members that are told to people as they are. */
const SAID = ["message", "hint", "error", "notes"];

/** An answer that holds rows without them: a cell may have the same text, and has to stay as it is. */
export function concealSaid(answer: object, conceal: (text: string) => string): object {
  const said = Object.entries(answer).filter(([name]) => SAID.includes(name));
  if (said.length === 0) return answer;
  return { ...answer, ...(JSON.parse(conceal(JSON.stringify(Object.fromEntries(said)))) as object) };
}

/** The error without them. Its cause stays: it is this program's own. */
export function concealError(error: FerryError, conceal: (text: string) => string): FerryError {
  const { message, hint, details } = error;
  return retold(error, {
    message: conceal(message),
    ...(hint === undefined ? {} : { hint: conceal(hint) }),
    ...(details === undefined ? {} : { details: JSON.parse(conceal(JSON.stringify(details))) }),
  });
}
