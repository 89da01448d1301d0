import { UsageError } from "../exit.ts";
import { transfer } from "../journey/transfer.ts";
import { type TransferFlags, transferOptions } from "../options/run-options.ts";
import { defaultLocal } from "../places/local-database.ts";
import { parsePlace } from "../places/parse-place.ts";
import { parseTarget } from "../places/parse-target.ts";
import type { Command } from "./command.ts";

interface PushFlags extends TransferFlags {
  from?: string;
  to?: string;
}

export const push: Command<[], PushFlags> = {
  name: "push",
  summary: "Copy the rows of one place to another: export, upload, plan, confirm, apply, verify.",
  arguments: [],
  options: [
    { flags: "--from <place>", description: "where the rows are (default: LOCAL_API, else local)" },
    { flags: "--to <place>", description: "where they go (default: PROD_API)" },
    ...transferOptions,
  ],
  examples: [
    "d1-ferry push                                  # LOCAL_API to PROD_API",
    "d1-ferry push --dry-run                        # print the plan, change nothing",
    "d1-ferry push --from app.sqlite --tables posts,authors",
    "d1-ferry push --mode mirror --confirm-delete=21 --json",
    "d1-ferry push --yes --background               # the app's workflow finishes it",
  ],
  async run(_args, flags, dependencies) {
    const { settings, world } = dependencies;
    const from = flags.from ?? (await defaultLocal(settings, world.cwd));
    const to = flags.to ?? settings.prodApi;
    if (from === undefined)
      throw new UsageError(
        "Push from where?",
        "Run it where wrangler.jsonc is, set LOCAL_API in .env, or add --from PLACE",
      );
    if (to === undefined) throw new UsageError("Push to where?", "Set PROD_API in .env, or add --to PLACE");
    const journey = { from: await parsePlace(from, world.cwd), to: await parseTarget(to, world.cwd), flags };
    return transfer(journey, dependencies);
  },
};
