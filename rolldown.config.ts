import { chmod } from "node:fs/promises";
import { join } from "node:path";
import type { OutputOptions, RolldownOptions } from "rolldown";
import manifest from "./package.json" with { type: "json" };
import { browserScript } from "./scripts/build/browser-script.ts";
import { collectLicences } from "./scripts/build/licences.ts";

const entries: Record<string, string> = {
  index: "src/index.ts",
  client: "src/client/index.ts",
  astro: "src/integrations/astro/index.ts",
  "astro/r2-sync": "src/integrations/astro/r2-sync.ts",
  "astro/ferry": "src/integrations/astro/ferry.ts",
  "astro/multipart-upload": "src/integrations/astro/multipart-upload.ts",
  testing: "src/testing/index.ts",
  workflow: "src/integrations/workflow/index.ts",
  sqlite: "src/database/node-sqlite.ts",
  cli: "src/cli/main.ts",
};

/** What the package asks npm to install stays an import; our own files are bundled, and the parsers that only `init` needs. */
const packages = [...Object.keys(manifest.dependencies), ...Object.keys(manifest.peerDependencies)];
const external = [
  /^node:/,
  /^cloudflare:/,
  /^virtual:/,
  ...packages.map((name) => new RegExp(`^${name}(/|$)`)),
];

/** What scripts/build.ts builds, into a folder that it names. */
const bundle: RolldownOptions & { output: OutputOptions } = {
  input: entries,
  external,
  // "neutral" keeps node: builtins out of what runs in a Worker: an import of one stays visible.
  platform: "neutral",
  // jsonc-parser's other build hides its imports from a bundler.
  resolve: { mainFields: ["module", "main"] },
  output: {
    format: "esm",
    sourcemap: true,
    entryFileNames: "[name].js",
    chunkFileNames: "chunks/[name]-[hash].js",
  },
  plugins: [
    browserScript(),
    collectLicences("LICENSES.txt"),
    {
      name: "maps-of-our-own-sources",
      generateBundle(_options, bundle) {
        for (const file of Object.values(bundle)) {
          if (file.type !== "asset" || !file.fileName.endsWith(".map")) continue;
          const map = JSON.parse(String(file.source)) as {
            sources: string[];
            sourcesContent: (string | null)[];
          };
          map.sourcesContent = map.sourcesContent.map((text, i) =>
            map.sources[i]?.includes("node_modules") ? null : text,
          );
          file.source = JSON.stringify(map);
        }
      },
    },
    {
      // npm does it when it installs the package; in a clone `npx d1-ferry` starts the file as it is.
      name: "executable-command",
      writeBundle: ({ dir = "" }) => chmod(join(dir, "cli.js"), 0o755),
    },
  ],
};

export default bundle;
