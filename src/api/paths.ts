/** The two paths that every app has, below its base path. */
export type RoutePath = "r2-sync" | "multipart-upload";

export const ROUTE_PATHS: readonly RoutePath[] = ["r2-sync", "multipart-upload"];

/** The page's path, beside theirs. */
export const CONSOLE_PATH = "ferry";

/** Where both are, and where the command looks for them below an app's address. */
export const BASE_PATH = "/api/admin";

/** Such as "/app/api/admin/r2-sync", of the base "/app/api/admin". */
export function pathOf(path: RoutePath | typeof CONSOLE_PATH, base: string = BASE_PATH): string {
  return `${base}/${path}`;
}

/**
 * The type of a JSON body that was packed by gzip: of a comparison's questions, and of answers to it where a request
 * accepts them. A type, and no Content-Encoding: that one is undone and redone by whatever stands in between.
 */
export const PACKED_TYPE = "application/vnd.d1-ferry+gzip";

/** Whether a header names the type: `Content-Type`, or `Accept`. */
export function namesPackedType(header: string | null): boolean {
  return (header ?? "").split(",").some((one) => one.split(";")[0]?.trim().toLowerCase() === PACKED_TYPE);
}
