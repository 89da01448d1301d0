import { build, type Plugin } from "rolldown";

const QUERY = "?script";

/**
 * Answers an import of `./module.ts?script` with that module as the text of a script for a browser: bundled,
 * without exports, as small as it gets. For Rolldown, and for Vite.
 */
export function browserScript(): Plugin {
  return {
    name: "d1-ferry:browser-script",
    resolveId: {
      filter: { id: /\?script$/ },
      async handler(source, importer) {
        const found = await this.resolve(source.slice(0, -QUERY.length), importer, { skipSelf: true });
        return found === null ? null : `${found.id}${QUERY}`;
      },
    },
    load: {
      filter: { id: /\?script$/ },
      async handler(id) {
        const input = id.slice(0, -QUERY.length);
        const { output } = await build({
          input,
          platform: "browser",
          write: false,
          output: { format: "iife", minify: true },
        });
        for (const file of Object.keys(output[0].modules)) this.addWatchFile(file);
        return { code: `export default ${JSON.stringify(output[0].code.trim())};`, moduleType: "js" };
      },
    },
  };
}
