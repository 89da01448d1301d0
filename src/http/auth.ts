import * as v from "valibot";
import type { Bytes } from "../bytes.ts";
import { FerryError } from "../errors.ts";
import { type Grant, grantSchema, PERMISSIONS, problemOf } from "../grants.ts";
import { digestOf, MIN_TOKEN_LENGTH, parseTokens } from "../tokens.ts";

/** The part of an app's environment that says which tokens it takes. */
export interface TokenSettings {
  /** One token that allows everything; of fewer than 32 characters it is none. */
  FERRY_TOKEN?: unknown;
  /** Named tokens by their hashes, a line each: see `d1-ferry token`. */
  FERRY_TOKENS?: unknown;
}

/** A token that the app takes, as far as its environment says. */
interface KnownToken extends Grant {
  /** SHA-256 of the token. */
  digest: Bytes;
  /** Milliseconds since 1970. @default never */
  expires?: number | undefined;
}

/**
 * The grant of the request's `Authorization: Bearer <token>`; null where there is none, or none that the
 * app knows. Rejects with `AUTHENTICATION_REQUIRED` for one that has ended, and with `NOT_CONFIGURED` where
 * FERRY_TOKENS cannot be read. How long it takes says nothing of the tokens: digests of one length are
 * compared whole, with every token that there is.
 */
export async function grantOfToken(
  request: Request,
  settings: TokenSettings,
  now: () => number = Date.now,
): Promise<Grant | null> {
  const sent = /^bearer +(\S+) *$/i.exec(request.headers.get("authorization") ?? "")?.[1];
  if (sent === undefined || sent.length < MIN_TOKEN_LENGTH) return null;
  return grantOf(await findToken(sent, settings), now);
}

/** The token as the environment knows it, the one that ends last where it does so twice; null for one that it does not know. */
export async function findToken(sent: string, settings: TokenSettings): Promise<KnownToken | null> {
  const digest = await digestOf(sent);
  const own = await ownToken(settings);
  if (own !== null && isSame(digest, own.digest)) return own;
  const matching = namedTokens(settings).filter((token) => isSame(digest, token.digest));
  return matching.sort((a, b) => (b.expires ?? Infinity) - (a.expires ?? Infinity))[0] ?? null;
}

/** All that the environment knows. */
export async function knownTokens(settings: TokenSettings): Promise<KnownToken[]> {
  const own = await ownToken(settings);
  return [...(own === null ? [] : [own]), ...namedTokens(settings)];
}

async function ownToken({ FERRY_TOKEN: own }: TokenSettings): Promise<KnownToken | null> {
  if (typeof own !== "string" || own.length < MIN_TOKEN_LENGTH) return null;
  return { name: "FERRY_TOKEN", may: PERMISSIONS, digest: await digestOf(own) };
}

function namedTokens({ FERRY_TOKENS }: TokenSettings): KnownToken[] {
  return parseTokens(FERRY_TOKENS).map(({ sha256, ...token }) => ({ ...token, digest: fromHex(sha256) }));
}

/** What a token allows as long as it has not ended. Throws `AUTHENTICATION_REQUIRED` for one that has. */
export function grantOf(token: KnownToken | null, now: () => number = Date.now): Grant | null {
  if (token === null) return null;
  const { name, may, tables, expires = Infinity } = token;
  if (expires <= now()) throw expired(token);
  return { name, may, tables };
}

function expired({ name, expires = 0 }: KnownToken): FerryError {
  return new FerryError(
    "AUTHENTICATION_REQUIRED",
    `The token "${name}" expired on ${new Date(expires).toISOString()}`,
    {
      hint: "Make another with d1-ferry token, and put its line in the place of the old one in FERRY_TOKENS.",
      details: { reason: "token-expired", name, expires },
    },
  );
}

export function isSame(left: Uint8Array, right: Uint8Array): boolean {
  let difference = left.length ^ right.length;
  for (const [index, byte] of left.entries()) difference |= byte ^ (right[index] ?? 0);
  return difference === 0;
}

function fromHex(text: string): Bytes {
  return Uint8Array.from({ length: text.length / 2 }, (_, i) =>
    Number.parseInt(text.slice(2 * i, 2 * i + 2), 16),
  );
}

/** What the app's own rule answered, as a grant. Throws `NOT_CONFIGURED` for what is none: a typing error lets nobody in. */
export function readGrant(answered: unknown): Grant | null {
  if (answered === null || answered === undefined) return null;
  const read = v.safeParse(grantSchema, answered, { abortEarly: true });
  if (read.success) return read.output;
  throw new FerryError("NOT_CONFIGURED", `The app's rule answered no grant: ${problemOf(read.issues)}`, {
    hint: 'A grant is such as { name: "ada", may: ["read", "plan"] }, or null for nobody.',
    details: { setting: "authorize" },
  });
}

/**
 * Refuses a change that a page of another origin made with what browsers send unasked (`CROSS_ORIGIN`).
 * It holds for whoever was not let in by a token of ours, whatever else vouched for them.
 */
export function refuseCrossOrigin(request: Request): void {
  if (!changesState(request.method) || isSameOrigin(request)) return;
  throw new FerryError("CROSS_ORIGIN", "A page of another origin may not do this with your login", {
    hint: "Send the request from the app's own pages, or from a script with a bearer token.",
  });
}

function changesState(method: string): boolean {
  return method !== "GET" && method !== "HEAD" && method !== "OPTIONS";
}

/**
 * `Sec-Fetch-Site` is the browser's own word, which no page can set, and it knows the address as
 * the user sees it: it decides where it is sent. Else `Origin` has to be an address of this app.
 * Neither is there: not a browser's cross-site request, such as curl.
 */
function isSameOrigin(request: Request): boolean {
  const site = request.headers.get("sec-fetch-site");
  if (site !== null) return site === "same-origin" || site === "none";
  const origin = request.headers.get("origin");
  return origin === null || ownAddresses(request).some((own) => isFrom(origin, own));
}

/**
 * Where the app is, as far as this request says. Behind a proxy that is the forwarded host. It may
 * be trusted here, though anyone can send it, because a page cannot: a foreign page's request with
 * an extra header needs a preflight, and none is ever answered.
 */
function ownAddresses(request: Request): URL[] {
  const url = new URL(request.url);
  const protocol = firstOf(request.headers.get("x-forwarded-proto")) ?? url.protocol.replace(":", "");
  const hosts = [request.headers.get("x-forwarded-host"), request.headers.get("host")].map(firstOf);
  const forwarded = hosts.map((host) => (host === undefined ? null : URL.parse(`${protocol}://${host}`)));
  return [url, ...forwarded.filter((address) => address !== null)];
}

/** An https page of the same host is no stranger to an app that sees http behind its proxy. */
function isFrom(origin: string, own: URL): boolean {
  const page = URL.parse(origin);
  if (page === null) return false;
  return page.origin === own.origin || (page.protocol === "https:" && page.host === own.host);
}

function firstOf(header: string | null): string | undefined {
  return header?.split(",")[0]?.trim() || undefined;
}
