import { needsOfUndo } from "../journey/needs-of-undo.ts";
import { planAndApply } from "../journey/plan-and-apply.ts";
import { refuseUnfinished } from "../journey/refuse-unfinished.ts";
import { reportOutcome } from "../journey/report-outcome.ts";
import { takeOverFlags } from "../journey/take-over-flags.ts";
import { type UrlFlags, urlOption } from "../options/common-options.ts";
import { type RunFlags, takeOverOptions } from "../options/run-options.ts";
import { wordsFor } from "../places/app.ts";
import { chosenApp } from "../places/chosen-app.ts";
import { typedKey } from "../places/typed-key.ts";
import { appTarget } from "../targets/app-target.ts";
import type { Command } from "./command.ts";

/** Takes a run over, whoever started it. The target knows what the run is and how far it has come. */
export const sync: Command<[string], UrlFlags & RunFlags> = {
  name: "sync",
  summary: "Complete a run by its key, from anywhere: plan, confirm, apply, verify.",
  arguments: [{ name: "<key>", description: "a syncKey or an exportKey that the app's bucket holds" }],
  options: [urlOption, ...takeOverOptions],
  examples: [
    "d1-ferry sync sync-1700000000000-k3v9x0a7b2qd                 # at PROD_API",
    "d1-ferry sync sync-1700000000000-k3v9x0a7b2qd --dry-run       # only its plan",
    "d1-ferry sync sync-1700000000000-k3v9x0a7b2qd --url https://app.example.com --yes --json",
  ],
  async run([typed], flags, dependencies) {
    const { world, checkpoint } = dependencies;
    const app = chosenApp(flags, dependencies);
    const key = typedKey(typed);
    const to = { kind: "app", url: app.url } as const;
    const startedAt = world.now();
    checkpoint.resumable = true;
    checkpoint.run = { key, words: wordsFor(app) };
    const found = await refuseUnfinished(app, key, world.signal);
    const { undoes } = found;
    const run = { target: appTarget(app, world), key, flags: takeOverFlags(flags, found) };
    const driven = planAndApply(run, dependencies, { takesOver: true });
    const outcome = await (undoes ? needsOfUndo(driven) : driven);
    const undone = undoes ? { undone: undoes } : {};
    const finished = { to, key, outcome, apps: { target: app }, startedAt, ...undone };
    return reportOutcome(finished, dependencies);
  },
};
