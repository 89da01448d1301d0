import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { fillLocalDatabase, ROW_COUNT, requireSameRows } from "./app-data.ts";
import type { FrameworkApp } from "./catalogue.ts";
import { checkPage } from "./check-page.ts";
import { makeFreshApp } from "./fresh-app.ts";
import { checkInitDiff, type InitResult } from "./init-diff.ts";
import { npm, npx } from "./npm.ts";
import { startProduction } from "./production-app.ts";
import { type UploadedPart, uploadPart } from "./upload-part.ts";

export interface JourneyOptions {
  /** A folder of its own. */
  folder: string;
  /** d1-ferry, packed. */
  tarball: string;
  /** Renew what is compared. */
  write: boolean;
}

export interface Journey {
  /** The lines that the app's owner types, in their order. */
  typed: string[];
  /** From the fresh app with its packages to the synced production app. */
  seconds: number;
  /** Of npm, for the fresh app. */
  npmSeconds: number;
  part: UploadedPart;
}

/** From a starter's app to production, and then export and upload there. Throws where anything is not as it should be. */
export async function makeJourney(framework: FrameworkApp, options: JourneyOptions): Promise<Journey> {
  const { app, npmSeconds } = await makeFreshApp(framework.name, options);
  const typed: string[] = [];
  const began = performance.now();

  typed.push("npx d1-ferry init --yes");
  const init = lastJson<InitResult>(
    (await npx(["d1-ferry", "init", "--yes", "--json"], { cwd: app })).stdout,
  );
  if (init.framework !== framework.name) throw new Error(`init takes it for ${init.framework}`);
  if (init.snippets.length > 0) throw new Error(`init leaves work: ${JSON.stringify(init.snippets)}`);
  await fillLocalDatabase(app);

  typed.push(framework.deploy);
  for (const args of framework.build) await npm(args, { cwd: app });
  const production = await startProduction(app, join(options.folder, `${framework.name}-production`));

  typed.push("PROD_API=https://… npx d1-ferry push --from local --create --yes");
  const env = { PROD_API: production.url };
  const push = ["d1-ferry", "push", "--from", "local", "--create", "--yes", "--json"];
  const pushed = lastJson<{ verified: boolean }>((await npx(push, { cwd: app, env })).stdout);
  const seconds = (performance.now() - began) / 1000;

  if (!pushed.verified) throw new Error("The push did not read back what it wrote");
  requireSameRows(app, production.state);
  await checkExport(app, production.url);
  const { FERRY_TOKEN: token = "" } = parseEnv(await readFile(join(app, ".env"), "utf8"));
  const part = await uploadPart({ ...production, token });
  if (!part.streamed && !framework.buffers)
    throw new Error("The app reads a body to its end before it answers");
  await checkPage(production.url, token);
  await production.server.stop();
  await checkInitDiff(framework.name, init, options);
  for (const args of framework.typecheck) await npm(args, { cwd: app });
  return { typed, seconds, npmSeconds, part };
}

/** Exports production through its routes and its bucket. */
async function checkExport(app: string, url: string): Promise<void> {
  const { stdout } = await npx(["d1-ferry", "export", url, "-o", "production.json.gz", "--json"], {
    cwd: app,
    env: { PROD_API: url },
  });
  const { stats } = lastJson<{ stats: { count: number }[] }>(stdout);
  const rows = stats.reduce((sum, { count }) => sum + count, 0);
  if (rows !== ROW_COUNT) throw new Error(`The export has ${rows} rows of ${ROW_COUNT}`);
}

function lastJson<T>(stdout: string): T {
  return JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as T;
}
