import type { AstroFerryConfig } from "./options.ts";

/** How the routes, which run in the Worker, import what astro.config says. */
export const CONFIG_MODULE = "virtual:d1-ferry/config";

/**
 * A Vite plugin that supplies the options as a module. The routes have to pass through Vite for that:
 * neither left for the runtime to import, nor bundled ahead of time by the dependency optimizer, which
 * does not know the module. What they import in turn is optimized up front, since finding it during the
 * first request would restart the server in the middle of it.
 */
export function configModule(
  config: AstroFerryConfig,
  { root, dependencies }: { root: URL; dependencies: readonly string[] },
) {
  const resolved = `\0${CONFIG_MODULE}`;
  const code = `export const config = ${JSON.stringify(config)};\n${usersCode(config.users, root)}`;
  return {
    name: "d1-ferry:config",
    resolveId: (id: string) => (id === CONFIG_MODULE ? resolved : undefined),
    load: (id: string) => (id === resolved ? code : undefined),
    configEnvironment(name: string) {
      if (name === "client") return undefined;
      return {
        resolve: { noExternal: ["d1-ferry"] },
        optimizeDeps: { exclude: ["d1-ferry"], include: dependencies.map((name) => `d1-ferry > ${name}`) },
      };
    },
  };
}

/** The app's own module is built into the Worker with the rest of the app. */
function usersCode(users: string, root: URL): string {
  if (users === "none" || users === "all") return `export const users = "${users}";`;
  return `export { default as users } from ${JSON.stringify(pathOf(new URL(users, root)))};`;
}

/** As Node's fileURLToPath, which is not there for those who load the package in a Worker. */
function pathOf({ pathname }: URL): string {
  return decodeURIComponent(pathname).replace(/^\/(?=[A-Za-z]:\/)/, "");
}
