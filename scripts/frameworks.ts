/**
 * Takes a fresh app of each framework, as its starter makes it, to a synced production app: d1-ferry as npm would
 * install it, `init`, the app's own build in workerd, `push`. Then exports production, and sends a part of 25 MiB
 * through the app. Both databases are compared by reading their files.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { stopAll } from "./demo/processes.ts";
import { FRAMEWORKS, type FrameworkApp } from "./frameworks/catalogue.ts";
import { packFerry } from "./frameworks/fresh-app.ts";
import { makeJourney } from "./frameworks/journey.ts";
import { type Outcome, summaryOf, tableLines, writeTable } from "./frameworks/report.ts";

const HELP = `npm run frameworks                       every framework, and a table of them
npm run frameworks -- --only hono,next   some of them: ${FRAMEWORKS.map(({ name }) => name).join(", ")}
npm run frameworks -- --json             ends stdout with one line of JSON
npm run frameworks -- --write            renews examples/*/init.diff and, with all of them, the table in the docs`;

const flags = readFlags();
const folder = await mkdtemp(join(tmpdir(), "d1-ferry-frameworks-"));
for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.on(signal, () => void end(signal === "SIGINT" ? 130 : 143));

try {
  await end(await proveAll());
} catch (error) {
  console.error((error as Error).message);
  await end(1);
}

/** Answers the exit code. */
async function proveAll(): Promise<number> {
  const { chosen, json, write } = flags;
  const tarball = await packFerry(folder);
  const outcomes: Outcome[] = [];
  for (const framework of chosen) outcomes.push(await prove(framework, tarball));
  console.log(["", ...tableLines(outcomes)].join("\n"));
  const failed = outcomes.some((outcome) => "error" in outcome);
  if (write && !failed && chosen.length === FRAMEWORKS.length) await writeTable(outcomes);
  if (json) console.log(JSON.stringify({ frameworks: outcomes.map(summaryOf) }));
  return failed ? 1 : 0;
}

async function prove(framework: FrameworkApp, tarball: string): Promise<Outcome> {
  const own = join(folder, framework.name);
  try {
    const journey = await makeJourney(framework, { folder: own, tarball, write: flags.write });
    const { typed, seconds, npmSeconds } = journey;
    console.log(
      `✓ ${framework.title}: synced in ${seconds.toFixed(1)} s, without ${npmSeconds.toFixed(1)} s of npm\n` +
        typed.map((line) => `    ${line}`).join("\n"),
    );
    return { framework, journey };
  } catch (caught) {
    const error = caught instanceof Error ? caught : new Error(String(caught));
    console.error(`✗ ${framework.title}: ${error.message}`);
    return { framework, error };
  } finally {
    await stopAll();
    // Packages of all of them at once would take gigabytes.
    await rm(own, { recursive: true, force: true });
  }
}

function readFlags(): { chosen: readonly FrameworkApp[]; json: boolean; write: boolean } {
  const flag = { type: "boolean", default: false } as const;
  try {
    const { values } = parseArgs({
      options: { only: { type: "string" }, json: flag, write: flag, help: { ...flag, short: "h" } },
    });
    const { only, json, write, help } = values;
    if (!help) return { chosen: only === undefined ? FRAMEWORKS : named(only.split(",")), json, write };
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${HELP}`);
    process.exit(2);
  }
  console.log(HELP);
  process.exit(0);
}

function named(names: readonly string[]): FrameworkApp[] {
  const unknown = names.find((name) => !FRAMEWORKS.some((one) => one.name === name));
  if (unknown !== undefined) throw new Error(`There is no app of ${JSON.stringify(unknown)}`);
  return FRAMEWORKS.filter(({ name }) => names.includes(name));
}

async function end(code: number): Promise<never> {
  await stopAll();
  await rm(folder, { recursive: true, force: true });
  process.exit(code);
}
