/**
 * Runs the Worker suites at the oldest compatibility date that a platform is known to set for the apps it builds.
 *
 *   node scripts/test-oldest-date.ts [vitest's arguments, in place of the project's name]
 */
import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";

/** Webflow Cloud's, with `nodejs_compat` and no other flag. */
const OLDEST_DATE = "2025-03-03";

const root = dirname(import.meta.dirname);
const chosen = process.argv.slice(2);
const args = ["run", ...(chosen.length === 0 ? ["--project", "workerd"] : chosen)];
const { status, error } = spawnSync(
  process.execPath,
  [join(root, "node_modules/vitest/vitest.mjs"), ...args],
  {
    cwd: root,
    env: { ...process.env, FERRY_COMPATIBILITY_DATE: OLDEST_DATE },
    stdio: "inherit",
  },
);
if (error !== undefined) throw error;
process.exitCode = status ?? 1;
