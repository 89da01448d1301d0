import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Plugin } from "rolldown";

/** Puts the licences of the packages that are bundled into a file beside what is built of them. */
export function collectLicences(fileName: string): Plugin {
  return {
    name: "licences-of-what-is-bundled",
    generateBundle(_options, bundle) {
      const folders = new Set<string>();
      for (const chunk of Object.values(bundle)) {
        if (chunk.type !== "chunk") continue;
        for (const [id, { renderedLength }] of Object.entries(chunk.modules)) {
          const folder = renderedLength > 0 ? packageFolder(id) : null;
          if (folder !== null) folders.add(folder);
        }
      }
      this.emitFile({ type: "asset", fileName, source: [...folders].sort().map(licenceOf).join("\n") });
    },
  };
}

/** The folder of the package that a module is of; null for a module of ours. */
function packageFolder(id: string): string | null {
  if (!id.includes("node_modules")) return null;
  for (let folder = dirname(id); folder !== dirname(folder); folder = dirname(folder)) {
    const manifest = join(folder, "package.json");
    if (existsSync(manifest) && "version" in JSON.parse(readFileSync(manifest, "utf8"))) return folder;
  }
  return null;
}

function licenceOf(folder: string): string {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Record<
    string,
    string
  >;
  const file = readdirSync(folder).find((one) => /^licen[cs]e/i.test(one));
  if (file === undefined) throw new Error(`${name} has no licence that could be passed on`);
  const text = readFileSync(join(folder, file), "utf8").trim();
  return `${name} ${version}, ${license}\n\n${text}\n`;
}
