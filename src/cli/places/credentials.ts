import { headerProblem } from "../../client/header-value.ts";
import { UsageError } from "../exit.ts";
import type { Settings } from "./settings.ts";

export interface Credentials {
  token?: string;
  cookie?: string;
}

/**
 * What is sent to this app: the bearer token, and the cookie that belongs to it. The local and the
 * production cookie go to no other address; the plain cookie goes to whichever app is named. Refuses
 * what no request can carry, without showing it.
 */
export function credentialsFor(url: URL, settings: Settings): Credentials {
  const { value: cookie, names } = cookieFor(url, settings);
  refuseUnsendable("FERRY_TOKEN", settings.token, "openssl rand -hex 32 makes one");
  refuseUnsendable(names, cookie, "Copy it again, as one line");
  return {
    ...(settings.token === undefined ? {} : { token: settings.token }),
    ...(cookie === undefined ? {} : { cookie }),
  };
}

function refuseUnsendable(names: string, value: string | undefined, hint: string): void {
  const problem = value === undefined ? null : headerProblem(value);
  if (problem !== null) throw new UsageError(`${names} ${problem} (its value is not shown)`, hint);
}

/** What is wrong with them when the app refuses them: the names of the settings, never their values. */
export function credentialsHint(url: URL, settings: Settings): string {
  const { value: cookie, names } = cookieFor(url, settings);
  const wrong: string[] = [];
  if (settings.token !== undefined)
    wrong.push(
      "FERRY_TOKEN is not this app's token: it has to equal the FERRY_TOKEN that the app itself has",
    );
  if (cookie !== undefined) wrong.push(`${names} is not a valid login for this app, or has expired`);
  if (wrong.length > 0) return `${wrong.join("; and ")}. The environment is read first, then .env.`;
  return `Neither FERRY_TOKEN nor ${names} is set: put the app's FERRY_TOKEN in the .env of this directory.`;
}

/** The cookie that belongs to an app, and what its setting is called. */
function cookieFor(url: URL, settings: Settings): { value: string | undefined; names: string } {
  const { prodApi, prodCookie, localApi, localCookie, cookie } = settings;
  const own = sameApp(url, prodApi)
    ? { value: prodCookie, names: "PROD_COOKIE (--prod-cookie)" }
    : sameApp(url, localApi)
      ? { value: localCookie, names: "LOCAL_COOKIE (--local-cookie)" }
      : undefined;
  return own?.value === undefined ? { value: cookie, names: "FERRY_COOKIE (--cookie)" } : own;
}

function sameApp(url: URL, other: string | undefined): boolean {
  return other !== undefined && new URL(other).origin === url.origin;
}
