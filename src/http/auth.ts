import { FerryError } from "../errors.ts";

/** Who makes a request, as the host app knows them. */
export interface Actor {
  /** What vouched for them. A cookie is sent by browsers unasked, so its origin is checked too. */
  via: "bearer" | "cookie";
  /** For the host app's own use. */
  name?: string;
}

/** A shorter token could be guessed, so it is treated as none at all. */
export const MIN_TOKEN_LENGTH = 32;

/**
 * The actor of a request with `Authorization: Bearer <token>`, or null. A token that is unset or
 * has fewer than 32 characters matches nothing. The comparison takes the same time wherever the
 * two differ: it is made between digests of one length.
 */
export async function authorizeBearer(
  request: Request,
  token: string | null | undefined,
): Promise<Actor | null> {
  const sent = /^bearer +(\S+) *$/i.exec(request.headers.get("authorization") ?? "")?.[1];
  if (sent === undefined || typeof token !== "string" || token.length < MIN_TOKEN_LENGTH) return null;
  return (await sameText(sent, token)) ? { via: "bearer" } : null;
}

/** Refuses a change that a browser made with a cookie from another site's page (`CROSS_ORIGIN`). */
export function refuseCrossOrigin(request: Request, actor: Actor): void {
  if (actor.via !== "cookie" || !changesState(request.method) || isSameOrigin(request)) return;
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

async function sameText(left: string, right: string): Promise<boolean> {
  const [a, b] = await Promise.all([digest(left), digest(right)]);
  let difference = a.length ^ b.length;
  for (const [index, byte] of a.entries()) difference |= byte ^ (b[index] ?? 0);
  return difference === 0;
}

async function digest(text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
}
