import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { TestProject } from "vitest/node";
import { build, seed, startLocalApp } from "../../../scripts/demo/apps.ts";
import { stopAll } from "../../../scripts/demo/processes.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** What every end-to-end test shares: one local app with 25,537 rows, and the app built for production. */
    shared: {
      folder: string;
      local: { url: string; state: string };
      /** Built to live at "/". */
      build: string;
      /** Built to live below "/app". */
      basedBuild: string;
    };
  }
}

/** Of the apps, in place of the example's own. */
const { FERRY_COMPATIBILITY_DATE: compatibilityDate } = process.env;

/** Starts, once for all files, what takes longest to start. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  if (!existsSync(resolve("dist/cli.js"))) throw new Error("Run npm run build first: dist/ is not there");
  const folder = await mkdtemp(join(tmpdir(), "d1-ferry-e2e-"));
  const state = join(folder, "local");
  const shared = { folder, build: join(folder, "build"), basedBuild: join(folder, "based-build") };
  async function teardown(): Promise<void> {
    await stopAll();
    await rm(folder, { recursive: true, force: true });
  }
  try {
    await Promise.all([seed(state), buildBoth(shared)]);
    const { url } = await startLocalApp({ state, compatibilityDate });
    project.provide("shared", { ...shared, local: { url, state } });
  } catch (error) {
    await teardown();
    throw error;
  }
  return teardown;
}

/** One after the other: two builds at once are no faster on two cores. */
async function buildBoth(folders: { build: string; basedBuild: string }): Promise<void> {
  await build(folders.build, { compatibilityDate });
  await build(folders.basedBuild, { base: "/app", compatibilityDate });
}
