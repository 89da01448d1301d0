import { FerryError } from "../../errors.ts";
import { planAndApply } from "../journey/plan-and-apply.ts";
import { reportOutcome } from "../journey/report-outcome.ts";
import { type RunFlags, takeOverOptions } from "../options/run-options.ts";
import type { App } from "../places/app.ts";
import { chosenApp, type UrlFlags, urlOption } from "../places/chosen-app.ts";
import { placeName } from "../places/place.ts";
import { bytes } from "../printing/numbers.ts";
import { appTarget } from "../targets/app-target.ts";
import type { Command } from "./command.ts";
import type { Dependencies } from "./dependencies.ts";

/** Takes a run over, whoever began it; what is at the target and why it is there is the target's to say. */
export const sync: Command<[string], UrlFlags & RunFlags> = {
  name: "sync",
  summary: "Take over a run by its key, from anywhere: plan, confirm, apply, verify.",
  arguments: [{ name: "<key>", description: "a syncKey or an exportKey that the app's bucket holds" }],
  options: [urlOption, ...takeOverOptions],
  examples: [
    "d1-ferry sync sync-1700000000000-k3v9x0a7b2qd                 # at PROD_API",
    "d1-ferry sync sync-1700000000000-k3v9x0a7b2qd --dry-run       # only its plan",
    "d1-ferry sync sync-1700000000000-k3v9x0a7b2qd --url https://app.example.com --yes --json",
  ],
  async run([key], flags, dependencies) {
    const { world, checkpoint } = dependencies;
    const app = chosenApp(flags, dependencies);
    const to = { kind: "app", url: app.url } as const;
    const startedAt = world.now();
    checkpoint.resumable = true;
    checkpoint.run = { key, address: placeName(to) };
    await refuseUnfinished(app, key, dependencies);
    const outcome = await planAndApply(appTarget(app, world), key, flags, dependencies, { takesOver: true });
    return reportOutcome({ to, key, outcome, apps: { target: app }, startedAt }, dependencies);
  },
};

/** Bytes that have not all arrived are only known where they come from. */
async function refuseUnfinished({ client }: App, key: string, { world }: Dependencies): Promise<void> {
  const { status, bytes: arrived, message } = await client.status(key, { signal: world.signal });
  if (status !== "uploading" && status !== "exporting") return;
  const what = status === "uploading" ? "upload" : "export";
  const held = arrived === null ? "" : ` (${bytes(arrived)} so far)`;
  throw new FerryError("NOT_FOUND", `The ${what} of ${key} is not finished${held}; nothing was changed`, {
    hint: "Run the command that began it again, in the directory where it ran: it sends what is missing.",
    details: { syncKey: key, status, message },
  });
}
