import { headerProblem } from "../../client/header-value.ts";
import { UsageError } from "../exit.ts";
import type { Secret, Settings } from "./settings.ts";

export interface Credentials {
  token?: string;
  cookie?: string;
}

/**
 * What is sent to this app: what belongs to its address, and nothing else. An address that is neither
 * LOCAL_API nor PROD_API gets what this command line names for it. Refuses what no request can carry,
 * without showing it.
 */
export function credentialsFor(url: URL, settings: Settings): Credentials {
  const token = tokenFor(url, settings);
  const cookie = cookieFor(url, settings);
  refuseUnsendable(token, "openssl rand -hex 32 makes one");
  refuseUnsendable(cookie, "Copy it again, as one line");
  return {
    ...(token.value === undefined ? {} : { token: token.value }),
    ...(cookie.value === undefined ? {} : { cookie: cookie.value }),
  };
}

/** Which of the two addresses it is; "other" where it is neither. */
export function roleOf(url: URL, { prodApi, localApi }: Settings): "prod" | "local" | "other" {
  if (sameApp(url, prodApi)) return "prod";
  return sameApp(url, localApi) ? "local" : "other";
}

/** `--token-env` names the token of one address: refuses a command with none that it could be for, or with two. */
export function requireOneOther(urls: readonly URL[], settings: Settings): void {
  const { otherToken } = settings;
  if (otherToken === undefined) return;
  const others = new Set(urls.filter((url) => roleOf(url, settings) === "other").map((url) => url.href));
  if (others.size === 1) return;
  const what = `${otherToken.name} is for an address that is neither LOCAL_API nor PROD_API, and here`;
  throw others.size === 0
    ? new UsageError(
        `${what} is none`,
        "Leave --token-env out, or put the token in LOCAL_TOKEN or PROD_TOKEN",
      )
    : new UsageError(
        `${what} are two`,
        "Set LOCAL_API or PROD_API to one of them, and LOCAL_TOKEN or PROD_TOKEN",
      );
}

function refuseUnsendable({ name, value }: Named, hint: string): void {
  const problem = value === undefined ? null : headerProblem(value);
  if (problem !== null) throw new UsageError(`${name} ${problem} (its value is not shown)`, hint);
}

/** What is wrong with them when the app refuses them: the names of the settings, never their values. */
export function credentialsHint(url: URL, settings: Settings): string {
  const token = tokenFor(url, settings);
  const cookie = cookieFor(url, settings);
  const wrong: string[] = [];
  if (token.value !== undefined)
    wrong.push(`${token.name} is not this app's token: it has to be one that the app itself knows`);
  if (cookie.value !== undefined)
    wrong.push(`${cookie.name} is not a valid login for this app, or has expired`);
  if (wrong.length > 0) return `${wrong.join("; and ")}. The environment is read first, then .env.`;
  if (roleOf(url, settings) === "other") return nothingForOther(url, settings);
  return `Neither ${token.name} nor ${cookie.name} is set: put the app's token as FERRY_TOKEN in the .env of this directory.`;
}

function nothingForOther(url: URL, { token }: Settings): string {
  const such = token === undefined ? "" : ", such as --token-env FERRY_TOKEN";
  return (
    `Nothing was sent: ${url.origin} is neither LOCAL_API nor PROD_API, and a token goes only where it belongs. ` +
    `Add --token-env NAME with the variable that holds this app's token${such}, or set PROD_API or LOCAL_API to this address.`
  );
}

/** What a setting is called, and what it holds. */
interface Named {
  name: string;
  value: string | undefined;
}

function tokenFor(url: URL, settings: Settings): Named {
  const { token, prodToken, localToken, otherToken } = settings;
  const role = roleOf(url, settings);
  if (role === "other") return otherToken ?? { name: "--token-env", value: undefined };
  const own = role === "prod" ? prodToken : localToken;
  return own === undefined
    ? { name: "FERRY_TOKEN", value: token }
    : { name: role === "prod" ? "PROD_TOKEN" : "LOCAL_TOKEN", value: own };
}

function cookieFor(url: URL, settings: Settings): Named {
  const { cookie, prodCookie, localCookie, otherCookie } = settings;
  const role = roleOf(url, settings);
  if (role === "other") return otherCookie ?? { name: "--cookie", value: undefined };
  const own = role === "prod" ? prodCookie : localCookie;
  const plain: Secret | undefined =
    otherCookie ?? (cookie === undefined ? undefined : { name: "FERRY_COOKIE", value: cookie });
  if (own === undefined) return plain ?? { name: "FERRY_COOKIE (--cookie)", value: undefined };
  const name = role === "prod" ? "PROD_COOKIE (--prod-cookie)" : "LOCAL_COOKIE (--local-cookie)";
  return { name, value: own };
}

/** Apps of one host may have tokens of their own, so the base path counts. */
function sameApp(url: URL, other: string | undefined): boolean {
  return other !== undefined && baseOf(new URL(other)) === baseOf(url);
}

function baseOf({ origin, pathname }: URL): string {
  return origin + pathname.replace(/\/+$/, "");
}
