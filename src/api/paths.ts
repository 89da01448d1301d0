/** The two paths that every app has, below its base path. */
export type RoutePath = "r2-sync" | "multipart-upload";

export const ROUTE_PATHS: readonly RoutePath[] = ["r2-sync", "multipart-upload"];

/** Where both are. */
const ADMIN = "/api/admin";

/** Such as "/app/api/admin/r2-sync". */
export function pathOf(path: RoutePath, base = ""): string {
  return `${base}${ADMIN}/${path}`;
}
