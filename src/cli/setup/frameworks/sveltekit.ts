import { CONSOLE_PATH, ROUTE_PATHS } from "../../../api/paths.ts";
import { answerModule, type Environment } from "../ferry-module.ts";
import type { Framework } from "../framework.ts";
import { inspectRoutes } from "../mount-routes.ts";
import { majorOf, type Project } from "../project.ts";

/** From adapter 8 on the bindings can be imported; before that they come with each request. */
const FIRST_WITH_IMPORT = 8;

export const sveltekit: Framework = {
  name: "sveltekit",
  title: "SvelteKit",
  dev: "vite dev",
  port: 5173,
  wranglerFile: {
    main: ".svelte-kit/cloudflare/_worker.js",
    assets: { directory: ".svelte-kit/cloudflare", binding: "ASSETS" },
  },
  fits: ({ dependencies }) => dependencies.has("@sveltejs/kit"),
  async inspect(project) {
    const end = project.typescript ? "ts" : "js";
    const imports = importsBindings(project);
    const code = imports
      ? 'export { answer as fallback } from "$lib/server/ferry";\n'
      : withPlatform(project.typescript);
    const mount = await inspectRoutes(project, {
      module: {
        path: `src/lib/server/ferry.${end}`,
        code: (names) => answerModule(project, names, imports ? IMPORTED : HANDED),
      },
      routes: [...ROUTE_PATHS, CONSOLE_PATH].map((name) => ({
        path: `src/routes/api/admin/${name}/+server.${end}`,
        code,
      })),
    });
    return {
      ...mount,
      async mount(names) {
        const part = await mount.mount(names);
        if (!project.dependencies.has("@sveltejs/adapter-cloudflare"))
          part.notes.push(
            "SvelteKit has no @sveltejs/adapter-cloudflare: d1-ferry needs the bindings of a Worker",
          );
        return part;
      },
    };
  },
};

const IMPORTED: Environment = { import: 'import { env } from "cloudflare:workers";', expression: "env" };
const HANDED: Environment = { parameter: { name: "env", type: "unknown" }, expression: "env" };

function importsBindings(project: Project): boolean {
  return (majorOf(project, "@sveltejs/adapter-cloudflare") ?? 0) >= FIRST_WITH_IMPORT;
}

function withPlatform(typescript: boolean): string {
  const type = typescript ? ": { request: Request; platform?: { env?: unknown } }" : "";
  return [
    'import { answer } from "$lib/server/ferry";',
    "",
    `export const fallback = ({ request, platform }${type}) => answer(request, platform?.env);`,
    "",
  ].join("\n");
}
