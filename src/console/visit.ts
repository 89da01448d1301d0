import type { RoutePath } from "../api/paths.ts";
import type { Answer, RouteName } from "../api/routes.ts";
import type { Grant, Permission } from "../grants.ts";

/** Makes a call of the API for who visits: with their grant, recorded as their calls are, and rejecting as these do. */
export type MakeCall = <N extends RouteName>(name: N, sent?: Record<string, unknown>) => Promise<Answer<N>>;

/** One request for the page. */
export interface Visit {
  readonly url: URL;
  /** The path before it: mount and base path. */
  readonly base: string;
  readonly grant: Grant;
  /** Whether they signed in here, and can sign out. */
  readonly signedIn: boolean;
  readonly call: MakeCall;
  /** What a form sent; null for a GET. */
  readonly form: URLSearchParams | null;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Lets this answer's own style and script in. */
  readonly nonce: string;
}

/** What is answered: HTML, or where to look. */
export type Rendered = { status: number; html: string } | { seeOther: string };

export function allows({ grant }: Pick<Visit, "grant">, permission: Permission): boolean {
  return grant.may.includes(permission);
}

/**
 * The page with this query; what is undefined is left out. From the page itself, for what stands in front of the app may
 * give it another path than the app sees.
 */
export function addressOf(query: Readonly<Record<string, string | undefined>> = {}): string {
  const given = Object.entries(query).filter((pair): pair is [string, string] => pair[1] !== undefined);
  return given.length === 0 ? FIRST : `?${new URLSearchParams(given)}`;
}

/** A route beside the page. Where the page's path ends in a slash, so do those of all routes. */
export function routeBeside({ url }: Pick<Visit, "url">, route: RoutePath): string {
  return url.pathname.endsWith("/") ? `../${route}/` : route;
}

/** The first view. */
export const FIRST = "?view=now";

/** The address that the command knows this app by: without the base path, which it adds itself. */
export function appAddress({ url, base }: Pick<Visit, "url" | "base">): string {
  return url.origin + base.replace(/\/api\/admin$/, "");
}
