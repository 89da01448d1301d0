import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const SPECIFIER = /(\bfrom\s*|\bimport\s*\(\s*|^import\s*)(["'])(\.{1,2}\/[^"']+)\.tsx?\2/gm;

/**
 * The compiler leaves `./x.ts` in declarations, where only `./x.d.ts` is published. Newer compilers
 * find it all the same; `./x.js` is what every compiler and documentation tool understands.
 */
export function finishDeclarations(folder: string): void {
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    if (!name.endsWith(".d.ts")) continue;
    const path = join(folder, name);
    const text = readFileSync(path, "utf8");
    const rewritten = text.replaceAll(SPECIFIER, "$1$2$3.js$2");
    if (rewritten !== text) writeFileSync(path, rewritten);
  }
}
