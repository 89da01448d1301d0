import { resolve } from "node:path";
import { applyPlanFile } from "../journey/apply-plan-file.ts";
import { reportOutcome } from "../journey/report-outcome.ts";
import { commandLine } from "../options/command-line.ts";
import { type ConfirmationFlags, confirmationOptions } from "../options/run-options.ts";
import { wordsFor } from "../places/app.ts";
import { chosenApp } from "../places/chosen-app.ts";
import { typedKey } from "../places/typed-key.ts";
import { isInteractive } from "../prompts/interactive.ts";
import { refuseWithoutConfirmation } from "../prompts/needed-confirmation.ts";
import { readPlanFile } from "../workspace/plan-file.ts";
import type { Command } from "./command.ts";

/** Applies a plan that was made before, by anybody: exactly its rows, or none. */
export const apply: Command<[string], ConfirmationFlags> = {
  name: "apply",
  summary: "Apply a plan that d1-ferry plan wrote to a file: exactly its rows, or none.",
  arguments: [{ name: "<file>", description: "the file of d1-ferry plan -o" }],
  options: [...confirmationOptions],
  examples: [
    "d1-ferry apply plan.json",
    "d1-ferry apply plan.json --yes --json",
    "d1-ferry apply plan.json --confirm-delete 21",
  ],
  async run([name], flags, dependencies) {
    const { world, checkpoint } = dependencies;
    const file = await readPlanFile(resolve(world.cwd, name), name);
    const key = typedKey(file.syncKey);
    const app = chosenApp({ url: file.to }, dependencies);
    refuseWithoutConfirmation(
      { ...flags, interactive: isInteractive(world) },
      `type ${commandLine(["status", key, ...wordsFor(app)])}`,
    );
    const startedAt = world.now();
    checkpoint.run = { key, words: wordsFor(app) };
    const outcome = await applyPlanFile({ app, key, file, flags, name }, dependencies);
    const to = { kind: "app", url: app.url } as const;
    return reportOutcome({ to, key, outcome, apps: { target: app }, startedAt }, dependencies);
  },
};
