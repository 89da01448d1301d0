import { CONSOLE_PATH } from "../../../api/paths.ts";
import { addPackage } from "../../package-manager.ts";
import { answerModule, type Environment } from "../ferry-module.ts";
import type { Framework, Mount } from "../framework.ts";
import { inspectRoutes } from "../mount-routes.ts";
import type { FoundFile, Project } from "../project.ts";

async function inspectNext(project: Project, environment: Environment): Promise<Mount> {
  const folder = `${await appFolder(project)}/api/admin`;
  const end = project.typescript ? "ts" : "js";
  const route = (name: string, methods: string[]) => ({
    path: `${folder}/${name}/route.${end}`,
    code: `export { ${methods.map((method) => `answer as ${method}`).join(", ")} } from "../d1-ferry";\n`,
  });
  const mount = await inspectRoutes(project, {
    module: { path: `${folder}/d1-ferry.${end}`, code: (names) => answerModule(project, names, environment) },
    routes: [
      route("r2-sync", ["GET", "POST"]),
      route("multipart-upload", ["GET", "POST", "PUT"]),
      route(CONSOLE_PATH, ["GET", "POST"]),
    ],
  });
  return { ...mount, base: await basePath(project) };
}

const OPENNEXT = "@opennextjs/cloudflare";

/** Next through OpenNext, which Webflow Cloud builds as well. */
export const nextOpenNext: Framework = {
  name: "next",
  title: "Next (OpenNext)",
  envNote:
    "OpenNext builds what .env says into the Worker, FERRY_TOKEN too: build where there is no .env, or keep the token out of it and in your shell's environment",
  dev: "next dev",
  port: 3000,
  wranglerFile: {
    main: ".open-next/worker.js",
    assets: { directory: ".open-next/assets", binding: "ASSETS" },
  },
  fits: ({ dependencies }) =>
    dependencies.has("next") && (dependencies.has(OPENNEXT) || !dependencies.has("vinext")),
  async inspect(project) {
    const mount = await inspectNext(project, {
      import: `import { getCloudflareContext } from "${OPENNEXT}";`,
      expression: "getCloudflareContext().env",
    });
    const config = await nextConfig(project);
    return {
      ...mount,
      async mount(names) {
        const part = await mount.mount(names);
        if (!project.dependencies.has(OPENNEXT))
          part.notes.push(
            `Next has no ${OPENNEXT}, which brings it to Workers: ${addPackage(project.manager, OPENNEXT)}`,
          );
        if (!config?.text.includes(DEVELOPMENT)) part.snippets.push(forDevelopment(config?.path));
        return part;
      },
    };
  },
};

export const vinext: Framework = {
  name: "vinext",
  title: "Next (vinext)",
  // Its own init leaves "dev" to Next.
  devScripts: ["dev:vinext", "dev"],
  dev: "vinext dev",
  port: 5173,
  wranglerFile: { main: "vinext/server/fetch-handler" },
  fits: ({ dependencies }) => dependencies.has("vinext"),
  inspect: (project) =>
    inspectNext(project, { import: 'import { env } from "cloudflare:workers";', expression: "env" }),
};

const DEVELOPMENT = "initOpenNextCloudflareForDev";

function forDevelopment(path = "next.config.mjs") {
  return {
    path,
    where: "at the end: next dev has no bindings without it",
    code: `import { ${DEVELOPMENT} } from "${OPENNEXT}";\n${DEVELOPMENT}();`,
  };
}

/** Where the App Router looks: beside the pages, where the app has only these. */
async function appFolder(project: Project): Promise<string> {
  for (const folder of ["app", "src/app"]) if (await project.has(folder)) return folder;
  return (await project.has("src")) ? "src/app" : "app";
}

/** As next.config says it, where it says it plainly. */
async function basePath(project: Project): Promise<string> {
  const config = await nextConfig(project);
  return /\bbasePath\s*:\s*["'](\/[\w./-]+)["']/.exec(config?.text ?? "")?.[1] ?? "";
}

function nextConfig(project: Project): Promise<FoundFile | null> {
  return project.first(["ts", "mts", "mjs", "js"].map((end) => `next.config.${end}`));
}
