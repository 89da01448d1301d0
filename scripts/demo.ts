/**
 * Moves 25,537 rows from a local app to a production app through a bucket, with the real command, then pushes
 * edits and undoes that push, and checks each outcome by reading both databases.
 */
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { COUNTS } from "../examples/community-pulse/scripts/generate.js";
import { createClient } from "../src/client/index.ts";
import { asFerryError, FerryError } from "../src/errors.ts";
import { createFirstAccount } from "./demo/account.ts";
import { type App, build, seed, startLocalApp, startProductionApp } from "./demo/apps.ts";
import { pushConflict } from "./demo/conflict.ts";
import { type Comparison, compareDatabases } from "./demo/databases.ts";
import { pushChanges } from "./demo/delta.ts";
import { stopAll } from "./demo/processes.ts";
import { completed, push, rowsWritten } from "./demo/push.ts";
import { type Findings, reportLines } from "./demo/report.ts";
import { type Summary, summarize } from "./demo/summary.ts";
import { countTraffic } from "./demo/traffic.ts";
import { undoPush } from "./demo/undo.ts";

const LOCAL_PORT = 4321;
const PRODUCTION_PORT = 8787;
const TABLES = Object.keys(COUNTS);

/** What the sync of these tables may take. */
const MAX_STATEMENTS = 50;
const MAX_SYNC_INVOCATIONS = 1;

const HELP = `npm run demo                 the journey, with a report
npm run demo -- --keep       leaves both apps running and says where they are
npm run demo -- --json       ends stdout with one line of JSON
npm run demo -- --compatibility-date=2025-03-03
                             both apps at this date in place of the example's own`;

const flags = readFlags();
const folder = await mkdtemp(join(tmpdir(), "d1-ferry-demo-"));
const token = randomBytes(24).toString("hex");

let staying = false;
let ending: Promise<never> | undefined;
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => void end(staying ? 0 : signal === "SIGINT" ? 130 : 143));
}
let exitCode = 0;
try {
  const began = performance.now();
  const apps = await startApps();
  const findings = await makeJourney(apps);
  console.log(["", ...reportLines(findings), ""].join("\n"));
  const summary = summarize(findings, (performance.now() - began) / 1000);
  refuseExcess(summary);
  if (flags.keep) await sayWhere(apps);
  if (flags.json) console.log(JSON.stringify(summary));
  if (flags.keep) {
    staying = true;
    await new Promise(() => {});
  }
} catch (error) {
  // What fails because it is being stopped is no failure.
  if (ending !== undefined) await ending;
  exitCode = 1;
  const failure = asFerryError(error);
  console.error(`\n${failure.code}: ${failure.message}`);
  if (flags.json) console.log(JSON.stringify({ success: false, ...failure.toJSON() }));
}
await end(exitCode);

function readFlags() {
  const flag = { type: "boolean", default: false } as const;
  try {
    const { values } = parseArgs({
      options: {
        keep: flag,
        json: flag,
        help: { ...flag, short: "h" },
        "compatibility-date": { type: "string" },
      },
    });
    const { "compatibility-date": compatibilityDate } = values;
    if (compatibilityDate !== undefined && !/^\d{4}-\d{2}-\d{2}$/.test(compatibilityDate)) {
      throw new Error("--compatibility-date takes a date such as 2025-03-03");
    }
    if (!values.help) return { ...values, compatibilityDate };
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${HELP}`);
    process.exit(2);
  }
  console.log(HELP);
  process.exit(0);
}

interface Apps {
  local: App;
  production: App;
}

async function startApps(): Promise<Apps> {
  const local = join(folder, "local");
  const built = join(folder, "build");
  const { compatibilityDate } = flags;
  await Promise.all([
    step("Seeded the local database", () => seed(local)),
    step("Built the app for production", () => build(built, { compatibilityDate })),
  ]);
  const [localApp, productionApp] = await Promise.all([
    step("Started the local app (astro dev)", () =>
      startLocalApp({ state: local, port: LOCAL_PORT, compatibilityDate }),
    ),
    step("Started the production app (workerd)", () =>
      startProductionApp({ build: built, state: join(folder, "production"), token, port: PRODUCTION_PORT }),
    ),
  ]);
  sayIfElsewhere("local", localApp, LOCAL_PORT);
  sayIfElsewhere("production", productionApp, PRODUCTION_PORT);
  return { local: localApp, production: productionApp };
}

function sayIfElsewhere(name: string, { url }: App, port: number): void {
  if (new URL(url).port !== String(port))
    console.log(`  Port ${port} is taken: the ${name} app is at ${url}`);
}

async function makeJourney({ local, production }: Apps): Promise<Findings> {
  const traffic = [await countTraffic(local.url), await countTraffic(production.url)] as const;
  const [from, to] = traffic;
  const options = { from: from.url, to: to.url, token, cwd: join(folder, "work") };
  const pushed = completed(await step("Pushed local to production", () => push([], options)));
  const first = { ...pushed, traffic: from.take() + to.take() };
  const comparisons = await step("Read both databases", () => compare({ local, production }));
  const rawBytes = await step("Downloaded what production's bucket holds", () =>
    measureDocument(production, first.syncKey),
  );
  const keptBytes = await bytesKept(production, first.syncKey);
  const version = ["--version", String(first.version)];
  const second = await step("Pushed again as the same version", () => push(version, options));
  if (second.success) throw new FerryError("INTERNAL", "The second push of a version was not refused");
  if (second.code !== "ALREADY_SYNCED") completed(second);
  const next = ["--version", String(first.version + 1)];
  const third = completed(await step("Pushed as the next version", () => push(next, options)));
  if (rowsWritten(third) > 0) {
    throw new FerryError("INTERNAL", `The same rows as the next version wrote ${rowsWritten(third)} rows`);
  }
  await compare({ local, production });
  const changes = { local, production, command: options, traffic, first, tables: TABLES };
  const delta = await step("Pushed nothing new, then one row of a thousand", () => pushChanges(changes));
  const bothSides = { local, production, command: options, tables: TABLES };
  const conflict = await step("Edited both sides, and pushed", () => pushConflict(bothSides));
  const journey = { command: options };
  const undo = await step("Pushed local edits, and undid that", () =>
    undoPush({ local, production }, journey),
  );
  for (const one of traffic) one.close();
  return { comparisons, first, second, third, rawBytes, keptBytes, delta, conflict, undo };
}

async function compare({ local, production }: Apps): Promise<Comparison[]> {
  const comparisons = compareDatabases(local.state, production.state, TABLES);
  for (const { table, local: rows, difference } of comparisons) {
    if (rows !== COUNTS[table as keyof typeof COUNTS]) {
      throw new FerryError("VERIFICATION_FAILED", `${table} was seeded with ${rows} rows`);
    }
    if (difference === null) continue;
    throw new FerryError("VERIFICATION_FAILED", `${table} is not the same on both sides`, {
      details: { table, ...difference },
    });
  }
  return comparisons;
}

function refuseExcess({
  verified,
  conflict,
  undo,
  maxStatementsPerInvocation,
  syncInvocations,
}: Summary): void {
  if (!verified) throw new FerryError("VERIFICATION_FAILED", "The push did not read back what it wrote");
  if (conflict.found === 0 || conflict.overwritten > 0) {
    throw new FerryError(
      "VERIFICATION_FAILED",
      "A push did not stop at what both sides had edited, or wrote over it",
    );
  }
  if (!undo.equal) {
    throw new FerryError("VERIFICATION_FAILED", "The undo did not bring back what was there before the push");
  }
  if (maxStatementsPerInvocation > MAX_STATEMENTS || syncInvocations > MAX_SYNC_INVOCATIONS) {
    throw new FerryError(
      "INTERNAL",
      `The push took ${syncInvocations} sync invocations and up to ${maxStatementsPerInvocation} statements in one; it may take ${MAX_SYNC_INVOCATIONS} and ${MAX_STATEMENTS}`,
    );
  }
}

/** Bytes of the document as plain JSON, read from production as any client would. */
async function measureDocument(production: App, key: string): Promise<number> {
  const url = `${production.url}/api/admin/r2-sync?operation=download&exportKey=${key}`;
  const response = await fetch(url, { headers: { Authorization: `Bearer ${token}` } });
  if (!response.ok) throw new Error(`The download answered ${response.status}`);
  return (await response.arrayBuffer()).byteLength;
}

/** Bytes of what production keeps to undo a push. */
async function bytesKept({ url }: App, key: string): Promise<number> {
  const client = createClient({ baseUrl: url, token });
  const { undo = [] } = await client.status(key);
  return undo.reduce((sum, { bytes }) => sum + bytes, 0);
}

async function sayWhere({ local, production }: Apps): Promise<void> {
  const account = await createFirstAccount(production.url, token);
  console.log(`Local:       ${local.url}  (a development user is signed in)
Production:  ${production.url}
  log in at  ${production.url}/login  as ${account.username}, password ${account.password}
State:       ${folder}

For d1-ferry and curl in another shell:
export LOCAL_API=${local.url} PROD_API=${production.url} FERRY_TOKEN=${token}

Ctrl-C stops both and removes the state.
`);
}

async function step<T>(name: string, work: () => Promise<T>): Promise<T> {
  const began = performance.now();
  const result = await work();
  console.log(`✓ ${name.padEnd(44)}${((performance.now() - began) / 1000).toFixed(1).padStart(6)} s`);
  return result;
}

function end(code: number): Promise<never> {
  ending ??= (async () => {
    await stopAll();
    await rm(folder, { recursive: true, force: true });
    process.exit(code);
  })();
  return ending;
}
