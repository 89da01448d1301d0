import { cp } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { npm } from "./npm.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

export const exampleFolder = (name: string): string => join(ROOT, "examples", name);

/** Packs d1-ferry as npm would publish it. Answers the tarball's path. */
export async function packFerry(folder: string): Promise<string> {
  const { stdout } = await npm(["pack", "--ignore-scripts", "--pack-destination", folder], { cwd: ROOT });
  return join(folder, stdout.trim().split("\n").at(-1) ?? "");
}

/** The starter's app with its packages and d1-ferry installed, and with a .gitignore but no repository. */
export async function makeFreshApp(name: string, options: { folder: string; tarball: string }) {
  const app = join(options.folder, name);
  const began = performance.now();
  await cp(exampleFolder(name), app, {
    recursive: true,
    filter: (path) => !/[\\/](node_modules|\.wrangler|init\.diff)$/.test(path),
  });
  const quiet = ["--no-audit", "--no-fund", "--prefer-offline"];
  await npm(["ci", ...quiet], { cwd: app });
  await npm(["install", "--no-save", ...quiet, options.tarball], { cwd: app });
  return { app, npmSeconds: (performance.now() - began) / 1000 };
}
