import { cp, mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
/** The example app as it lies in the clone. */
export const EXAMPLE = join(ROOT, "examples/community-pulse");
const PACKAGE = createRequire(join(EXAMPLE, "package.json"));
export const ASTRO = join(dirname(PACKAGE.resolve("astro/package.json")), "bin/astro.mjs");

/** What belongs to whoever works in the clone: builds, caches (dotted), secrets (dotted). */
const LEFT_BEHIND = /^(\..*|node_modules|dist)$/;

export interface OwnAppOptions {
  /** As wrangler.json's `compatibility_date`. @default the example's */
  compatibilityDate?: string | undefined;
}

/**
 * Copies the example app into a folder, which must not be there yet. Astro, Vite and wrangler keep caches,
 * types and pointers beside an app's sources: with a copy each, apps of one clone leave one another alone.
 */
export async function copyExample(folder: string, { compatibilityDate }: OwnAppOptions = {}): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const name of await readdir(EXAMPLE)) {
    if (!LEFT_BEHIND.test(name)) await cp(join(EXAMPLE, name), join(folder, name), { recursive: true });
  }
  const manifest = PACKAGE("./package.json") as { dependencies: Record<string, string> };
  for (const name of Object.keys(manifest.dependencies)) await linkPackage(folder, name);
  if (compatibilityDate === undefined) return;
  const path = join(folder, "wrangler.json");
  const config = JSON.parse(await readFile(path, "utf8")) as Record<string, unknown>;
  await writeFile(path, JSON.stringify({ ...config, compatibility_date: compatibilityDate }, null, 2));
}

async function linkPackage(folder: string, name: string): Promise<void> {
  const link = join(folder, "node_modules", name);
  await mkdir(dirname(link), { recursive: true });
  await symlink(dirname(PACKAGE.resolve(`${name}/package.json`)), link, "junction");
}
