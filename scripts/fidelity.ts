/**
 * Carries one hostile database by d1-ferry, wrangler and the sqlite3 shell, and writes what arrived as
 * docs/fidelity.md.
 *
 *   npm run fidelity                      writes the page
 *   npm run fidelity -- --check           fails when the page is not what this run gives, or when d1-ferry
 *                                         loses more than the known limits say; writes nothing. With
 *                                         --tools it compares the columns of these alone
 *   npm run fidelity -- --tools ferry-files,sqlite-shell --cases fts5,key    some of it, to stdout
 */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { carryApart } from "./fidelity/carry.ts";
import { groups as allGroups } from "./fidelity/cases/index.ts";
import { type Column, comparable, fidelityDocument } from "./fidelity/document.ts";
import { KNOWN_LIMITS } from "./fidelity/limits.ts";
import { open } from "./fidelity/observe.ts";
import type { Tool } from "./fidelity/tool.ts";
import { ferryApp } from "./fidelity/tools/ferry-app.ts";
import { ferryFiles } from "./fidelity/tools/ferry-files.ts";
import { sqliteShell } from "./fidelity/tools/sqlite-shell.ts";
import { wrangler } from "./fidelity/tools/wrangler.ts";

const PAGE = fileURLToPath(new URL("../docs/fidelity.md", import.meta.url));
const OWN = [ferryFiles, ferryApp];
const TOOLS = [...OWN, wrangler, sqliteShell];

const { values: flags } = parseArgs({
  options: {
    check: { type: "boolean", default: false },
    tools: { type: "string" },
    cases: { type: "string" },
  },
});
const someCases = flags.cases !== undefined;
const partial = flags.tools !== undefined || someCases;
const tools = TOOLS.filter(({ id }) => flags.tools?.split(",").includes(id) ?? true);
const groups = allGroups
  .map(({ title, cases }) => ({ title, cases: cases.filter(({ id }) => isWanted(id)) }))
  .filter(({ cases }) => cases.length > 0);

const folder = await mkdtemp(join(tmpdir(), "d1-ferry-fidelity-"));
try {
  const columns = await Promise.all(tools.map(measure));
  const versions = { Node: process.versions.node, "its SQLite": sqliteVersion() };
  const page = fidelityDocument({ groups, columns, versions, limits: someCases ? {} : KNOWN_LIMITS });
  const problems = judgeOwn(columns);
  if (flags.check && !someCases) problems.push(...(await compareWithPage(page, columns)));
  else if (partial) console.log(page);
  else await writeFile(PAGE, page);
  for (const problem of problems) console.error(`✗ ${problem}`);
  if (problems.length > 0) process.exitCode = 1;
  else if (flags.check)
    console.log(
      `✓ ${someCases ? "d1-ferry loses nothing of these" : "docs/fidelity.md is what this run gives"}`,
    );
  else if (!partial) console.log(`✓ ${PAGE}`);
} finally {
  await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
}

async function measure(tool: Tool): Promise<Column> {
  const { id, title } = tool;
  const version = await tool.version();
  if (version === null) return { id, title, version, outcomes: new Map() };
  const began = performance.now();
  const cases = groups.flatMap((group) => group.cases);
  const outcomes = await carryApart(tool, cases, folder);
  const whole = [...outcomes.values()].filter((outcome) => outcome === null).length;
  const seconds = ((performance.now() - began) / 1000).toFixed(0);
  console.error(`${title}: ${whole} of ${cases.length} features arrived whole (${seconds} s)`);
  return { id, title, version, outcomes };
}

/** d1-ferry's own cells have to be ✓, but for the known limits; and a limit that is none any more has to go. */
function judgeOwn(columns: readonly Column[]): string[] {
  const own = columns.filter(({ id }) => OWN.some((tool) => tool.id === id));
  const lost = own.flatMap(({ title, outcomes }) =>
    [...outcomes].flatMap(([id, outcome]) =>
      outcome === null || id in KNOWN_LIMITS ? [] : [`${title}: ${id}: ${outcome}`],
    ),
  );
  const gone = Object.keys(KNOWN_LIMITS).filter(
    (id) => own.length === OWN.length && own.every(({ outcomes }) => outcomes.get(id) === null),
  );
  return [...lost, ...gone.map((id) => `${id} is a known limit, and arrives whole`)];
}

/** A tool that was not run, is not installed here, or in another version than the page's, is not compared. */
async function compareWithPage(page: string, columns: readonly Column[]): Promise<string[]> {
  const written = await readFile(PAGE, "utf8").catch(() => "");
  const others = columns.filter(
    ({ id, title, version }) =>
      id === sqliteShell.id && !(version !== null && written.includes(`${title} ${version}`)),
  );
  for (const { title, version } of others)
    console.error(
      `${title}: ${version === null ? "not installed" : "another version than the page's"}; not compared`,
    );
  const notRun = TOOLS.filter((tool) => !tools.includes(tool));
  for (const { title } of notRun) console.error(`${title}: not run; not compared`);
  const without = [...others, ...notRun].map(({ title }) => title);
  if (comparable(page, without) === comparable(written, without)) return [];
  const [now, before] = [page, written].map((text) => comparable(text, without).split("\n"));
  const line = now?.find((text, i) => text !== before?.[i]) ?? "";
  return [
    `docs/fidelity.md is not what this run gives; npm run fidelity writes it. It begins to differ at:\n  ${line}`,
  ];
}

function isWanted(id: string): boolean {
  return flags.cases?.split(",").some((part) => id.startsWith(part)) ?? true;
}

function sqliteVersion(): string {
  const database = open(":memory:");
  const row = database.prepare("SELECT sqlite_version() AS version").get();
  database.close();
  return String(row?.version);
}
