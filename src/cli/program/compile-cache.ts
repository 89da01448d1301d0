import module from "node:module";
import { basename, dirname, join } from "node:path";

/**
 * Keeps the compiled code for the next command, beside the installed packages: nobody else can write there who could
 * not write the code itself. Does nothing where this user cannot either. `entry`: the path of the built command.
 */
export function keepCompiledCode(entry: string): void {
  const own = dirname(dirname(entry));
  if (basename(dirname(entry)) !== "dist") return;
  const packages = basename(dirname(own)) === "node_modules" ? dirname(own) : join(own, "node_modules");
  // Older Nodes, which are told so in a moment, have no such cache.
  module.enableCompileCache?.(join(packages, ".cache", "d1-ferry"));
}
