import type { AstroIntegration } from "astro";
import { CONSOLE_PATH, ROUTE_PATHS } from "../../api/paths.ts";
import type { FerryUsers } from "./authorize.ts";
import { configModule } from "./config-module.ts";
import { type AstroFerryOptions, readOptions } from "./options.ts";

export type { AstroFerryOptions, FerryUsers };

const ADAPTER = "@astrojs/cloudflare";

/** What the routes import from npm. */
const DEPENDENCIES = ["@valibot/to-json-schema", "hono", "hono/jsx/jsx-runtime", "valibot"];

/**
 * Adds d1-ferry's two routes, and its page, to an Astro app on the Cloudflare adapter (Astro 6 and 7). They may be used with a
 * bearer token that the environment has in `FERRY_TOKEN` or `FERRY_TOKENS`, and by those of the app's users
 * whom the option `users` lets.
 */
export default function d1Ferry(options: AstroFerryOptions = {}): AstroIntegration {
  const config = readOptions(options);
  return {
    name: "d1-ferry",
    hooks: {
      "astro:config:setup": ({ config: { root }, injectRoute, updateConfig }) => {
        const paths = config.console ? [...ROUTE_PATHS, CONSOLE_PATH] : ROUTE_PATHS;
        for (const route of paths) {
          injectRoute({
            pattern: `${config.path}/${route}`,
            entrypoint: `d1-ferry/astro/${route}`,
            prerender: false,
          });
        }
        updateConfig({ vite: { plugins: [configModule(config, { root, dependencies: DEPENDENCIES })] } });
      },
      "astro:config:done": ({ config: { adapter, trailingSlash }, logger }) => {
        if (adapter?.name !== ADAPTER) {
          logger.warn(`needs the adapter ${ADAPTER}: its routes read the bindings of a Worker.`);
        }
        if (trailingSlash === "always") {
          logger.warn(`trailingSlash is "always": call ${config.path}/${ROUTE_PATHS[0]}/ with the slash.`);
        }
      },
    },
  };
}
