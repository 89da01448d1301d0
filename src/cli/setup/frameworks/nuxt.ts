import { CONSOLE_PATH, ROUTE_PATHS } from "../../../api/paths.ts";
import { answerModule } from "../ferry-module.ts";
import type { Framework } from "../framework.ts";
import { inspectRoutes } from "../mount-routes.ts";
import { majorOf, type Project } from "../project.ts";

/** Nuxt 5 is on Nitro 3, where an event has the web's request. */
const FIRST_ON_NITRO_3 = 5;

export const nuxt: Framework = {
  name: "nuxt",
  title: "Nuxt",
  dev: "nuxt dev",
  port: 3000,
  wranglerFile: {
    main: "./.output/server/index.mjs",
    assets: { directory: "./.output/public/", binding: "ASSETS" },
  },
  fits: ({ dependencies }) => dependencies.has("nuxt"),
  async inspect(project) {
    const end = project.typescript ? "ts" : "js";
    const mount = await inspectRoutes(project, {
      module: {
        path: `server/utils/ferry.${end}`,
        code: (names) =>
          answerModule(project, names, { parameter: { name: "env", type: "unknown" }, expression: "env" }),
      },
      routes: [...ROUTE_PATHS, CONSOLE_PATH].map((name) => ({
        path: `server/api/admin/${name}.${end}`,
        code: `import { answer } from "../../utils/ferry";\n\nexport default defineEventHandler((event) => ${call(project)});\n`,
      })),
    });
    const config = await project.first(
      ["ts", "mts", "mjs", "js"].map((extension) => `nuxt.config.${extension}`),
    );
    return {
      ...mount,
      async mount(names) {
        const part = await mount.mount(names);
        if (!config?.text.includes("cloudflare"))
          part.notes.push(
            'nuxt.config says nothing of Cloudflare: d1-ferry needs nitro: { preset: "cloudflare_module" }',
          );
        return part;
      },
    };
  },
};

function call(project: Project): string {
  return (majorOf(project, "nuxt") ?? 0) >= FIRST_ON_NITRO_3
    ? "answer(event.req, event.req.runtime?.cloudflare?.env)"
    : "answer(toWebRequest(event), event.context.cloudflare?.env)";
}
