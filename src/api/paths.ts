/** The two paths that every app has, below its base path. */
export type RoutePath = "r2-sync" | "multipart-upload";

export const ROUTE_PATHS: readonly RoutePath[] = ["r2-sync", "multipart-upload"];

/** Where both are, and where the command looks for them below an app's address. */
export const BASE_PATH = "/api/admin";

/** Such as "/app/api/admin/r2-sync", of the base "/app/api/admin". */
export function pathOf(path: RoutePath, base: string = BASE_PATH): string {
  return `${base}/${path}`;
}
