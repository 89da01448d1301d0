/**
 * Stands in for the platform that a built app is deployed to: workerd, a D1 database, an R2 bucket and the
 * app's secrets. Applies new migrations before the first request, as Webflow Cloud does on every deploy.
 *
 *   FERRY_TOKEN=… node scripts/demo/serve.ts BUILD STATE PORT
 *
 * BUILD is what `astro build` made, STATE where database and bucket are kept. PORT gives way to a free one where
 * it is taken, and is any free one when it is 0: the last line says which. Ends with SIGTERM or SIGINT.
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
const client = join(build, "client");
const data = join(state, "v3");
const config = JSON.parse(readFileSync(join(server, "wrangler.json"), "utf8")) as WranglerConfig;

const platform = await start(Number(port));
for (const { binding } of config.d1_databases) {
  await applyMigrations(await platform.getD1Database(binding));
}
console.log(`ready on ${(await platform.ready).origin}`);

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => void platform.dispose().then(() => process.exit(0)));
}

async function start(port: number): Promise<Miniflare> {
  const platform = new Miniflare(options(port));
  try {
    await platform.ready;
    return platform;
  } catch (error) {
    if (port === 0 || (error as { code?: string }).code !== "ERR_ADDRESS_IN_USE") throw error;
    return start(0);
  }
}

function options(port: number): ConstructorParameters<typeof Miniflare>[0] {
  return {
    host: "127.0.0.1",
    port,
    cf: false,
    resourcePersistencePath: data,
    workers: [
      {
        config: {
          name: config.name,
          compatibilityDate: config.compatibility_date,
          compatibilityFlags: config.compatibility_flags,
          env: bindings(),
          manifest: { mainModule: config.main, modules: modules() },
          assets: { directory: client, hasUserWorker: true },
        },
      },
    ],
  };
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
