import { bytesToBase64Url } from "../archive/base64.ts";
import type { Bytes } from "../bytes.ts";
import type { Grant } from "../grants.ts";
import { findToken, grantOf, isSame, knownTokens, type TokenSettings } from "./auth.ts";

/*
 * Who signs in on the page with a token gets a cookie in its place: the token's name and when the session ends, under an
 * HMAC keyed by the digest that the environment keeps of that token. So the cookie is no token, nothing is stored for it,
 * what the token allows is read anew at each request, and whoever takes a token out of the environment ends its sessions.
 */

const COOKIE = "ferry_session";

/** Milliseconds that a session lasts: a working day. */
const SESSION_MS = 12 * 60 * 60 * 1000;

/**
 * The `Set-Cookie` of a session for the holder of this token; null for a token that the app does not know. Rejects with
 * `AUTHENTICATION_REQUIRED` for one that has ended.
 */
export async function beginSession(
  token: string,
  { settings, base, secure, now = Date.now }: SessionOptions,
): Promise<string | null> {
  const known = await findToken(token, settings);
  if (known === null || grantOf(known, now) === null) return null;
  const ends = Math.min(now() + SESSION_MS, known.expires ?? Infinity);
  const claim = `${encode(known.name)}.${ends}`;
  const value = `${claim}.${bytesToBase64Url(await sign(claim, known.digest))}`;
  return cookie(value, { base, secure, maxAge: Math.floor((ends - now()) / 1000) });
}

export interface SessionOptions {
  settings: TokenSettings;
  /**
   * Below which path the cookie is sent. Null: what the browser sees before the page's own name, which may be
   * another path than the app sees.
   */
  base: string | null;
  /** Whether the browser came by https. */
  secure: boolean;
  now?: () => number;
}

/** The `Set-Cookie` that ends a session. */
export function endSession(options: Pick<SessionOptions, "base" | "secure">): string {
  return cookie("", { ...options, maxAge: 0 });
}

/** Whether the request brings a session, whatever it is worth. */
export function hasSession(request: Request): boolean {
  return sessionIn(request) !== undefined;
}

function sessionIn(request: Request): string | undefined {
  return new RegExp(`(?:^|; *)${COOKIE}=([^;]+)`).exec(request.headers.get("cookie") ?? "")?.[1];
}

/** The grant of the token that the request's session was begun with; null without a session, or for one that is over. */
export async function grantOfSession(
  request: Request,
  settings: TokenSettings,
  now: () => number = Date.now,
): Promise<Grant | null> {
  const [, claim = "", name = "", ends = "", signature = ""] =
    /^(([\w-]+)\.(\d{1,16}))\.([\w-]{43})$/.exec(sessionIn(request) ?? "") ?? [];
  if (claim === "" || Number(ends) <= now()) return null;
  const isProof = async (key: Bytes) =>
    isSame(utf8(bytesToBase64Url(await sign(claim, key))), utf8(signature));
  for (const token of await knownTokens(settings)) {
    // Two lines may have one name: the digest tells them apart.
    if (encode(token.name) !== name || !(await isProof(token.digest))) continue;
    return (token.expires ?? Infinity) <= now() ? null : grantOf(token, now);
  }
  return null;
}

function cookie(
  value: string,
  { base, secure, maxAge }: Pick<SessionOptions, "base" | "secure"> & { maxAge: number },
): string {
  const path = base === null ? [] : [`Path=${base}`];
  const parts = [`${COOKIE}=${value}`, ...path, `Max-Age=${maxAge}`, "HttpOnly", "SameSite=Strict"];
  return [...parts, ...(secure ? ["Secure"] : [])].join("; ");
}

async function sign(claim: string, key: Bytes): Promise<Bytes> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const imported = await crypto.subtle.importKey("raw", key, algorithm, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", imported, utf8(`d1-ferry session\n${claim}`)));
}

const encode = (text: string): string => bytesToBase64Url(utf8(text));

function utf8(text: string): Bytes {
  return new TextEncoder().encode(text);
}
