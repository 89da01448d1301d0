import { existsSync, readFileSync } from "node:fs";
import type { AstroIntegration } from "astro";
import { describe, expect, it } from "vitest";
import { FerryError } from "../../src/errors.ts";
import rootExport from "../../src/index.ts";
import d1Ferry, { type AstroFerryOptions } from "../../src/integrations/astro/index.ts";

interface VirtualPlugin {
  name: string;
  resolveId(id: string): string | undefined;
  load(id: string): string | undefined;
  configEnvironment(name: string): { optimizeDeps: { exclude: string[]; include: string[] } } | undefined;
}

interface Setup {
  routes: { pattern: string; entrypoint: string; prerender: boolean }[];
  plugin: VirtualPlugin;
}

/** Runs the hook as Astro does, and collects what it asks for. */
function setUp(options?: AstroFerryOptions): Setup {
  const setup: Partial<Setup> = { routes: [] };
  const hook = d1Ferry(options).hooks["astro:config:setup"] as unknown as (context: object) => void;
  hook({
    config: { root: new URL("file:///srv/my%20app/") },
    injectRoute: (route: Setup["routes"][number]) => setup.routes?.push(route),
    updateConfig: (config: { vite: { plugins: [VirtualPlugin] } }) => {
      setup.plugin = config.vite.plugins[0];
    },
  });
  return setup as Setup;
}

function warnings(config: object): string[] {
  const said: string[] = [];
  const hook = d1Ferry().hooks["astro:config:done"] as unknown as (context: object) => void;
  hook({ config, logger: { warn: (message: string) => said.push(message) } });
  return said;
}

async function configOf({ plugin }: Setup): Promise<unknown> {
  const id = plugin.resolveId("virtual:d1-ferry/config") ?? "";
  const code = plugin.load(id) ?? "";
  const { config } = await import(`data:text/javascript,${encodeURIComponent(code)}`);
  return config;
}

/** The npm packages that a file of the integration imports at run time, by whatever detour. */
function packagesOf(file: string): Set<string> {
  const packages = new Set<string>();
  const seen = new Set<string>();
  const visit = (url: URL) => {
    if (seen.has(url.href) || !existsSync(url)) return;
    seen.add(url.href);
    const text = readFileSync(url, "utf8");
    const imports = [
      ...text.matchAll(/^(?:import|export) (?!type)[^;]*?from "([^"]+)";/gm),
      ...text.matchAll(/\bimport\("([^"]+)"\)/g),
    ];
    // What the compiler imports for elements.
    if (url.pathname.endsWith(".tsx")) packages.add("hono/jsx/jsx-runtime");
    for (const [, name = ""] of imports) {
      if (name.startsWith(".")) visit(new URL(name, url));
      else if (!name.includes(":")) packages.add(name);
    }
  };
  visit(new URL(file, new URL("../../src/integrations/astro/", import.meta.url)));
  return packages;
}

describe("d1Ferry() in astro.config", () => {
  it("injects both routes and the page, rendered on demand, found through the package's own exports", () => {
    expect(setUp().routes).toEqual([
      { pattern: "/api/admin/r2-sync", entrypoint: "d1-ferry/astro/r2-sync", prerender: false },
      {
        pattern: "/api/admin/multipart-upload",
        entrypoint: "d1-ferry/astro/multipart-upload",
        prerender: false,
      },
      { pattern: "/api/admin/ferry", entrypoint: "d1-ferry/astro/ferry", prerender: false },
    ]);
  });

  it("puts the routes below another path when asked to", () => {
    const patterns = setUp({ path: "/internal/api/admin" }).routes.map(({ pattern }) => pattern);
    expect(patterns).toEqual([
      "/internal/api/admin/r2-sync",
      "/internal/api/admin/multipart-upload",
      "/internal/api/admin/ferry",
    ]);
  });

  it("leaves the page out when asked to", () => {
    const patterns = setUp({ console: false }).routes.map(({ pattern }) => pattern);
    expect(patterns).toEqual(["/api/admin/r2-sync", "/api/admin/multipart-upload"]);
  });

  it("hands the defaults to the Worker", async () => {
    expect(await configOf(setUp())).toEqual({
      database: "DB",
      bucket: "DATA_SYNC",
      platform: null,
      path: "/api/admin",
      users: "none",
      policy: {},
      console: true,
      workflow: null,
    });
  });

  it("hands the options to the Worker", async () => {
    const options = {
      database: "MAIN",
      bucket: "$files",
      platform: "workers-free",
      path: "/x/api/admin",
      users: "all",
      policy: {
        neverExport: ["users"],
        neverWrite: ["users"],
        create: true,
        largestDelete: 10,
        operations: ["sync"],
      },
      console: false,
      workflow: "FERRY_WORKFLOW",
    } as const;
    expect(await configOf(setUp(options))).toEqual(options);
  });

  it("has the app's module of users built in, from the project's root", () => {
    const codeOf = (users: string) => setUp({ users }).plugin.load("\0virtual:d1-ferry/config");
    expect(codeOf("./src/ferry-users.ts")).toContain(
      'export { default as users } from "/srv/my app/src/ferry-users.ts";',
    );
    expect(codeOf("none")).toContain('export const users = "none";');
    expect(codeOf("all")).toContain('export const users = "all";');
  });

  it("supplies its own module and no other", () => {
    const { plugin } = setUp();
    expect(plugin.resolveId("virtual:other")).toBeUndefined();
    expect(plugin.load("virtual:d1-ferry/config")).toBeUndefined();
  });

  it("keeps the dependency optimizer away from the routes on the server, and out of the browser's bundle", () => {
    const { plugin } = setUp();
    expect(plugin.configEnvironment("ssr")?.optimizeDeps.exclude).toContain("d1-ferry");
    expect(plugin.configEnvironment("client")).toBeUndefined();
  });

  it("has everything that the routes import from npm optimized before the first request", () => {
    const { include } = setUp().plugin.configEnvironment("ssr")?.optimizeDeps ?? {};
    expect(include?.toSorted()).toEqual(
      [...packagesOf("route.ts")].sort().map((name) => `d1-ferry > ${name}`),
    );
  });

  it.each([
    ["database", { database: "" }],
    ["database", { database: "my-db" }],
    ["bucket", { bucket: 7 }],
    ["platform", { platform: "vercel" }],
    ["workflow", { workflow: true }],
    ["console", { console: "no" }],
    ["path", { path: "api/admin" }],
    ["path", { path: "/admin" }],
    ["path", { path: "/[slug]/api/admin" }],
    ["databse", { databse: "DB" }],
    ["users", { users: "everybody" }],
    ["users", { users: "src/ferry-users.ts" }],
    ["users", { users: () => null }],
    ["policy", { policy: { neverExports: ["users"] } }],
    ["policy", { policy: { create: "tables" } }],
    ["policy", { policy: { largestDelete: -1 } }],
    ["policy", { policy: { operations: ["destroy"] } }],
  ])("refuses a wrong %s and names it: %j", (name, options) => {
    const call = () => d1Ferry(options as AstroFerryOptions);
    expect(call).toThrow(FerryError);
    expect(call).toThrow(name);
  });

  it("is quiet on the Cloudflare adapter", () => {
    expect(warnings({ adapter: { name: "@astrojs/cloudflare" }, trailingSlash: "ignore" })).toEqual([]);
  });

  it("warns about another adapter, and about addresses that need a trailing slash", () => {
    expect(warnings({ trailingSlash: "ignore" })).toEqual([expect.stringContaining("@astrojs/cloudflare")]);
    expect(warnings({ adapter: { name: "@astrojs/cloudflare" }, trailingSlash: "always" })).toEqual([
      expect.stringContaining("/api/admin/r2-sync/"),
    ]);
  });
});

describe("astro add d1-ferry", () => {
  it("finds the keyword that it asks for, and the integration as the package's default export", () => {
    const { keywords } = JSON.parse(readFileSync("package.json", "utf8")) as { keywords: string[] };
    expect(keywords).toContain("astro-integration");
    expect(rootExport).toBe(d1Ferry);
    const typed: AstroIntegration = rootExport({ bucket: "MEDIA" });
    expect(typed.name).toBe("d1-ferry");
  });
});
