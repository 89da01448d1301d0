import module from "node:module";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * Keeps the compiled code for the next command, beside the installed packages: nobody else can write there who could
 * not write the code itself. Does nothing where this user cannot either. `entry`: the built command's file URL.
 */
export function keepCompiledCode(entry: string): void {
  const dist = dirname(fileURLToPath(entry));
  if (basename(dist) !== "dist") return;
  const own = dirname(dist);
  const packages = basename(dirname(own)) === "node_modules" ? dirname(own) : join(own, "node_modules");
  module.enableCompileCache(join(packages, ".cache", "d1-ferry"));
}
