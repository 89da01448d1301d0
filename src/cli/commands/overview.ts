import type { HistoryAnswer } from "../../client/answers.ts";
import { liveVersions } from "../../sync/run/index.ts";
import { EXIT } from "../exit.ts";
import { throwIfInterrupted } from "../interruption/interrupted.ts";
import { chosenApp } from "../places/chosen-app.ts";
import { defaultLocal } from "../places/local-database.ts";
import { liveLines, runSummary, type ShownRun } from "../printing/history.ts";
import { facts } from "../printing/layout/block.ts";
import { printable } from "../printing/printable.ts";
import type { Command } from "./command.ts";
import type { Dependencies } from "./dependencies.ts";

/** Milliseconds that production has to say how it is: whoever types no command waits for no other. */
const PATIENCE = 3000;

interface Next {
  command: string;
  why: string;
}

/** What `d1-ferry` alone shows: both ends, the last run, and what is likely to be typed next. */
export const overview: Command<[]> = {
  name: "",
  summary: "Show where things stand, and what to type next.",
  arguments: [],
  options: [],
  examples: ["d1-ferry"],
  async run(_args, _flags, dependencies) {
    const { printer, world, settings } = dependencies;
    const local = await defaultLocal(settings, world.cwd);
    const production = settings.prodApi === undefined ? null : await askProduction(dependencies);
    const next = nextOf(local, production);
    printer.lines([
      facts([
        [
          "local",
          local === undefined ? "none: no LOCAL_API, and no wrangler file with a database" : printable(local),
        ],
        ["production", settings.prodApi === undefined ? "none: no PROD_API" : printable(settings.prodApi)],
        ...(production === null ? [] : factsOf(production)),
      ]),
      "",
    ]);
    for (const { command, why } of next) printer.line(`  ${command.padEnd(WIDTH)}  # ${why}`);
    printer.line();
    printer.line("All commands: d1-ferry --help");
    printer.result({
      success: true,
      local: local ?? null,
      production: settings.prodApi ?? null,
      ...production,
      next,
    });
    return EXIT.done;
  },
};

const WIDTH = 26;

/** What production says of itself, or why it does not. */
type Production = { error: string } | { live: HistoryAnswer["live"]; run: ShownRun | null };

async function askProduction(dependencies: Dependencies): Promise<Production> {
  const { signal } = dependencies.world;
  try {
    const { client } = chosenApp({}, dependencies);
    const answer = await client.runs(
      { limit: 1 },
      { signal: AbortSignal.any([signal, AbortSignal.timeout(PATIENCE)]) },
    );
    const { history, runs = [], live = liveVersions(history) } = answer;
    return { live, run: runs[0] ?? null };
  } catch (error) {
    throwIfInterrupted(signal);
    const late = error instanceof Error && (error.name === "TimeoutError" || error.name === "AbortError");
    return { error: late ? `no answer within ${PATIENCE / 1000} s` : (error as Error).message };
  }
}

function factsOf(production: Production): [string, string | string[]][] {
  if ("error" in production) return [["", printable(production.error)]];
  const live = liveLines(production.live ?? []);
  const [first] = live;
  return [
    [
      "live",
      typeof first === "string"
        ? first.replace(/^live: /, "")
        : "tables of several versions: d1-ferry history",
    ],
    ...(production.run === null ? [] : ([["last run", runSummary(production.run)]] as [string, string][])),
  ];
}

function nextOf(local: string | undefined, production: Production | null): Next[] {
  if (local === undefined && production === null)
    return [{ command: "d1-ferry init", why: "sets up the app of this directory" }];
  if (production === null)
    return [{ command: "d1-ferry doctor", why: "says what is missing: PROD_API in .env names production" }];
  if ("error" in production)
    return [{ command: "d1-ferry doctor", why: "says what is wrong, and what to type" }];
  const { run } = production;
  if (run !== null && isUnderWay(run))
    return [
      { command: `d1-ferry status ${printable(run.key)}`, why: "how far it is" },
      { command: `d1-ferry sync ${printable(run.key)}`, why: "goes on with it" },
    ];
  if (local === undefined)
    return [{ command: "d1-ferry pull --to copy.sqlite", why: "production's rows in a file" }];
  return [
    { command: "d1-ferry diff", why: "how the two differ" },
    { command: "d1-ferry push --dry-run", why: "what a push would do" },
  ];
}

const isUnderWay = ({ phase, dropped }: ShownRun): boolean =>
  !dropped && phase !== "completed" && phase !== "refused" && phase !== "failed";
