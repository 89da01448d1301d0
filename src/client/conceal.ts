import { FerryError } from "../errors.ts";

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

/** The error without them. Its cause stays: it is this program's own. */
export function concealError(error: FerryError, conceal: (text: string) => string): FerryError {
  const { code, message, hint, details, transient, cause } = error;
  return new FerryError(code, conceal(message), {
    transient,
    cause,
    ...(hint === undefined ? {} : { hint: conceal(hint) }),
    ...(details === undefined ? {} : { details: JSON.parse(conceal(JSON.stringify(details))) }),
  });
}
