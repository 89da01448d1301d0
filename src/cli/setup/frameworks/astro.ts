import { addPackage, runCommand } from "../../package-manager.ts";
import { addToAstroConfig, integrationCall, readAstroConfig } from "../edit-astro-config.ts";
import { emptyPart } from "../file-change.ts";
import type { Framework } from "../framework.ts";

const CONFIGS = ["mjs", "js", "ts", "mts", "cjs", "cts"].map((end) => `astro.config.${end}`);

export const astro: Framework = {
  name: "astro",
  title: "Astro",
  dev: "astro dev",
  port: 4321,
  wranglerFile: {},
  fits: ({ dependencies }) => dependencies.has("astro"),
  async inspect(project) {
    const file = await project.first(CONFIGS);
    const config = file === null ? null : readAstroConfig(file.path, file.text);
    return {
      names: config?.mounted ?? null,
      base: config?.base ?? "",
      async mount(names) {
        const part = emptyPart();
        if (config !== null && !config.adapter) {
          const { manager } = project;
          const how = `${runCommand(manager, "astro add cloudflare")}, or ${addPackage(manager, "@astrojs/cloudflare")}`;
          part.notes.push(
            `Astro has no adapter: d1-ferry needs @astrojs/cloudflare (${how} and adapter: cloudflare())`,
          );
        }
        if (config?.mounted) return part;
        const after = file === null ? null : addToAstroConfig(file.path, file.text, names);
        if (file !== null && after !== null) part.changes.push({ path: file.path, before: file.text, after });
        else
          part.snippets.push({
            path: file?.path ?? "astro.config.mjs",
            where:
              file === null
                ? "there is no config"
                : "the config is not an object with a list of integrations",
            code: `import d1Ferry from "d1-ferry/astro";\n\n// in the config\nintegrations: [${integrationCall("d1Ferry", names)}],`,
          });
        return part;
      },
    };
  },
};
