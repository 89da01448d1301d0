import { UsageError } from "../exit.ts";
import { planAndApply } from "../journey/plan-and-apply.ts";
import { refuseUnfinished } from "../journey/refuse-unfinished.ts";
import { reportOutcome } from "../journey/report-outcome.ts";
import { takeOverFlags } from "../journey/take-over-flags.ts";
import { transfer } from "../journey/transfer.ts";
import { type UrlFlags, urlOption } from "../options/common-options.ts";
import { planOptions, type TransferFlags } from "../options/run-options.ts";
import { wordsFor } from "../places/app.ts";
import { chosenApp } from "../places/chosen-app.ts";
import { defaultLocal } from "../places/local-database.ts";
import { parsePlace } from "../places/parse-place.ts";
import { parseTarget } from "../places/parse-target.ts";
import { isTypedKey } from "../places/typed-key.ts";
import { appTarget } from "../targets/app-target.ts";
import type { Command } from "./command.ts";
import type { Dependencies } from "./dependencies.ts";

interface PlanFlags extends TransferFlags, UrlFlags {
  to?: string;
  output?: string;
  rows?: boolean;
  json?: boolean;
}

/** What a push would do, with the rows left at the target: somebody else may look at the plan, and apply it. */
export const plan: Command<[source?: string], PlanFlags> = {
  name: "plan",
  summary: "Show what a push or a sync would do, row by row, and keep the plan to apply it later.",
  arguments: [
    {
      name: "[source]",
      description: "a place, or a key that the app's bucket holds (default: LOCAL_API, else local)",
    },
  ],
  options: [
    { flags: "--to <place>", description: "where the rows go (default: PROD_API)" },
    urlOption,
    { flags: "--rows", description: "print all rows to stdout, a line each; with --json as JSON lines" },
    { flags: "-o, --output <file>", description: "write a file that d1-ferry apply takes, on any machine" },
    ...planOptions,
  ],
  examples: [
    "d1-ferry plan                                   # what d1-ferry push would do",
    "d1-ferry plan app.sqlite --to https://app.example.com --rows",
    "d1-ferry plan --mode mirror -o plan.json && d1-ferry apply plan.json",
    "d1-ferry plan sync-1700000000000-k3v9x0a7b2qd   # of a run that is there",
  ],
  run([source], given, dependencies) {
    const { output, rows, json } = given;
    const flags = { ...given, dryRun: true, keep: { output, rows, json } };
    return source !== undefined && isTypedKey(source)
      ? planKey(source, flags, dependencies)
      : planPlace(source, flags, dependencies);
  },
};

async function planPlace(source: string | undefined, flags: PlanFlags, dependencies: Dependencies) {
  const { settings, world } = dependencies;
  const from = source ?? (await defaultLocal(settings, world.cwd));
  const to = flags.to ?? flags.url ?? settings.prodApi;
  if (from === undefined)
    throw new UsageError(
      "A plan of what?",
      "Run it where wrangler.jsonc is, set LOCAL_API in .env, or name a place",
    );
  if (to === undefined) throw new UsageError("A plan for where?", "Set PROD_API in .env, or add --to PLACE");
  const target = await parseTarget(to, world.cwd);
  if (target.kind === "sqlite" && flags.output !== undefined) {
    throw new UsageError(
      "The plan of a SQLite file ends with the command that makes it, and cannot be kept",
      "Leave out -o; --rows prints the rows. Or push to the file: it shows the plan and asks",
    );
  }
  const whole = { ...flags, mode: flags.mode ?? "merge", onConflict: flags.onConflict ?? "fail" };
  return transfer({ from: await parsePlace(from, world.cwd), to: target, flags: whole }, dependencies);
}

async function planKey(key: string, flags: PlanFlags, dependencies: Dependencies) {
  const { world, checkpoint } = dependencies;
  const app = chosenApp(
    flags.url === undefined && flags.to !== undefined ? { url: flags.to } : flags,
    dependencies,
  );
  const startedAt = world.now();
  checkpoint.resumable = true;
  checkpoint.run = { key, words: wordsFor(app) };
  const found = await refuseUnfinished(app, key, world.signal);
  const { mode } = found;
  const own = mode === null || flags.mode !== undefined ? flags : { ...flags, mode };
  const run = { target: appTarget(app, world), key, flags: takeOverFlags(own, found) };
  const outcome = await planAndApply(run, dependencies, { takesOver: true });
  const to = { kind: "app", url: app.url } as const;
  return reportOutcome({ to, key, outcome, apps: { target: app }, startedAt }, dependencies);
}
