/**
 * Stands in for the platform that a built app is deployed to: workerd, a D1 database, an R2 bucket and the
 * app's secrets. Applies new migrations before the first request, as Webflow Cloud does on every deploy.
 *
 *   FERRY_TOKEN=… node scripts/demo/serve.ts BUILD STATE PORT
 *
 * BUILD is what `astro build` made, STATE where database and bucket are kept. Ends with SIGTERM or SIGINT.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Miniflare } from "miniflare";
import { applyMigrations } from "./migrations.ts";

interface WranglerConfig {
  name: string;
  main: string;
  compatibility_date: string;
  compatibility_flags: string[];
  d1_databases: { binding: string; database_id: string }[];
  r2_buckets: { binding: string; bucket_name: string }[];
  assets: { binding: string };
}

const [build, state, port] = process.argv.slice(2);
if (build === undefined || state === undefined || port === undefined) {
  throw new Error("serve.ts takes three arguments: BUILD STATE PORT");
}
const server = join(build, "server");
const config = JSON.parse(readFileSync(join(server, "wrangler.json"), "utf8")) as WranglerConfig;

const platform = new Miniflare({
  host: "127.0.0.1",
  port: Number(port),
  cf: false,
  resourcePersistencePath: join(state, "v3"),
  workers: [
    {
      config: {
        name: config.name,
        compatibilityDate: config.compatibility_date,
        compatibilityFlags: config.compatibility_flags,
        env: bindings(),
        manifest: { mainModule: config.main, modules: modules() },
        assets: { directory: join(build, "client"), hasUserWorker: true },
      },
    },
  ],
});
await platform.ready;
for (const { binding } of config.d1_databases) {
  await applyMigrations(await platform.getD1Database(binding));
}
console.log(`ready on http://127.0.0.1:${port}`);

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => void platform.dispose().then(() => process.exit(0)));
}

function bindings() {
  return Object.fromEntries([
    ...config.d1_databases.map((one) => [one.binding, { type: "d1" as const, id: one.database_id }]),
    ...config.r2_buckets.map((one) => [one.binding, { type: "r2" as const, name: one.bucket_name }]),
    [config.assets.binding, { type: "assets" as const }],
    ["FERRY_TOKEN", { type: "text" as const, value: process.env.FERRY_TOKEN ?? "" }],
  ]);
}

function modules() {
  const names = readdirSync(server, { recursive: true, encoding: "utf8" });
  return Object.fromEntries(
    names
      .filter((name) => /\.m?js$/.test(name))
      .map((name) => [name, { type: "esm" as const, contents: readFileSync(join(server, name), "utf8") }]),
  );
}
