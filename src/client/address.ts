import { BASE_PATH, pathOf, type RoutePath } from "../api/paths.ts";
import { FerryError } from "../errors.ts";

/** The app's address as it was given, without query and trailing slash. It may have a path. */
export function parseBaseUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new FerryError("INVALID_REQUEST", "The app's address is not an http or https URL", {
      hint: 'Give the address of the app with its base path, such as "https://example.com/app".',
    });
  }
  if (url.username !== "" || url.password !== "") {
    throw new FerryError("INVALID_REQUEST", "The app's address holds a user name or a password", {
      hint: "Pass credentials as a token or a cookie, so that they never stand in an address.",
    });
  }
  return url.origin + url.pathname.replace(/\/+$/, "");
}

/** The URL of a call; parameters that are undefined are left out. */
export function routeUrl(
  base: string,
  route: RoutePath,
  query: Record<string, string | number | undefined> = {},
): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) parameters.set(name, String(value));
  }
  const text = parameters.toString();
  return `${pathOf(route, `${base}${BASE_PATH}`)}${text === "" ? "" : `?${text}`}`;
}

/** Origin and path: a query may hold keys and upload ids. */
export function placeOf(url: string): string {
  const { origin, pathname } = new URL(url);
  return origin + pathname.replace(/\/api\/admin\/(?:r2-sync|multipart-upload)\/?$/, "");
}
