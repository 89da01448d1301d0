const BASE = import.meta.env.BASE_URL.replace(/\/$/, "");

/** A path of this app, below whatever base it is deployed at. */
export function link(path: string, query: Record<string, string | number | undefined> = {}): string {
  const given = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)]],
  );
  const search = given.length > 0 ? `?${new URLSearchParams(given)}` : "";
  return `${BASE}${path}${search}`;
}

/**
 * Where to go after the login: a path of this app. Whatever leads elsewhere ("https://…", "//host",
 * "/\host", "/.//host") becomes the home page.
 */
export function safeNext(wanted: string | null, here: URL): string {
  const home = link("/");
  if (!wanted?.startsWith("/")) return home;
  const target = URL.parse(wanted, here);
  if (target === null || target.origin !== here.origin || target.pathname.startsWith("//")) return home;
  return target.pathname + target.search;
}
