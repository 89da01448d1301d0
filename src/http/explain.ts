import { pathOf, type RoutePath } from "../api/paths.ts";
import { NAME_FIELDS, ROUTES, type Route } from "../api/routes.ts";
import type { Caller } from "../operations/caller.ts";
import { DEFAULT_PLATFORM, frameBytesFor, type Platform } from "../operations/platforms.ts";

export interface ExplainOptions {
  platform?: Platform;
  caller?: Caller;
}

/**
 * What `GET` alone answers: every call with an example, for a person at a terminal; and, for a
 * program that is about to make an archive for this app, how large its frames should be; and what the
 * caller may do.
 */
export function explain(base: string, asked: ExplainOptions = {}) {
  return {
    name: "d1-ferry",
    description: "Moves this app's database through its bucket.",
    openapi: `${pathOf("r2-sync", base)}?operation=openapi`,
    ...explainBriefly(asked),
    operations: explainRoutes("r2-sync", base),
    multipartUpload: explainRoutes("multipart-upload", base),
  };
}

/** As much of it as a program needs. */
export function explainBriefly({ platform = DEFAULT_PLATFORM, caller }: ExplainOptions) {
  return {
    platform,
    frameBytes: frameBytesFor(platform),
    ...(caller === undefined ? {} : { grant: caller.grant }),
  };
}

function explainRoutes(path: RoutePath, base: string): Record<string, { does: string; example: string }> {
  const shown = Object.entries<Route>(ROUTES).filter(
    ([, route]) => route.path === path && route.example !== null,
  );
  return Object.fromEntries(
    shown.map(([name, route]) => [name, { does: route.does, example: exampleOf(name, route, base) }]),
  );
}

function exampleOf(name: string, { path, method, named, example }: Route, base: string): string {
  const called = { [NAME_FIELDS[path]]: name, ...example };
  const call = `${method} ${pathOf(path, base)}`;
  if (method === "POST") return `${call} ${JSON.stringify(called)}`;
  // At a terminal the shortest address is the best.
  const query = Object.entries(named === undefined ? called : { ...example });
  return `${call}?${query.map((pair) => pair.join("=")).join("&")}`;
}
