import { createRequire } from "node:module";
import { join } from "node:path";

/** Where no runtime is installed: one that every wrangler knows which is newer than d1-ferry. */
const KNOWN = "2026-10-01";

/** The newest date that the app's own runtime takes, and none that is still to come. */
export function compatibilityDate(directory: string, now: number): string {
  const today = new Date(now).toISOString().slice(0, 10);
  const [earlier = today] = [installedDate(directory) ?? KNOWN, today].sort();
  return earlier;
}

/** workerd's version says the day it was made: 1.20261117.1. */
function installedDate(directory: string): string | null {
  const version = versionOf("workerd", join(directory, "package.json"));
  const [, year, month, day] = /^\d+\.(\d{4})(\d\d)(\d\d)\./.exec(version ?? "") ?? [];
  return year === undefined ? null : `${year}-${month}-${day}`;
}

/** Beside the app, or beside wrangler, which asks for it. */
function versionOf(name: string, from: string): string | null {
  const require = createRequire(from);
  for (const path of [from, "wrangler/package.json"]) {
    try {
      const near = path === from ? require : createRequire(require.resolve(path));
      return (near(`${name}/package.json`) as { version: string }).version;
    } catch {}
  }
  return null;
}
