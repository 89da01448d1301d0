import { CONSOLE_PATH, ROUTE_PATHS } from "../../../api/paths.ts";
import { answerModule } from "../ferry-module.ts";
import type { Framework } from "../framework.ts";
import { inspectRoutes } from "../mount-routes.ts";

const PACKAGES = ["@tanstack/react-start", "@tanstack/solid-start"];

export const tanstackStart: Framework = {
  name: "tanstack-start",
  title: "TanStack Start",
  dev: "vite dev",
  port: 3000,
  wranglerFile: { main: "@tanstack/react-start/server-entry" },
  fits: ({ dependencies }) => PACKAGES.some((name) => dependencies.has(name)),
  inspect(project) {
    const end = project.typescript ? "ts" : "js";
    const router = project.dependencies.has("@tanstack/solid-start")
      ? "@tanstack/solid-router"
      : "@tanstack/react-router";
    return inspectRoutes(project, {
      module: {
        path: `src/ferry.${end}`,
        code: (names) =>
          answerModule(project, names, {
            import: 'import { env } from "cloudflare:workers";',
            expression: "env",
          }),
      },
      routes: [...ROUTE_PATHS, CONSOLE_PATH].map((name) => ({
        path: `src/routes/api/admin/${name}.${end}`,
        code: [
          `import { createFileRoute } from "${router}";`,
          'import { answer } from "../../../ferry";',
          "",
          `export const Route = createFileRoute("/api/admin/${name}")({`,
          "  server: { handlers: { ANY: ({ request }) => answer(request) } },",
          "});",
          "",
        ].join("\n"),
      })),
    });
  },
};
