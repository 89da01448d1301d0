import { UsageError } from "../exit.ts";
import { transfer } from "../journey/transfer.ts";
import { type TransferFlags, transferOptions } from "../options/run-options.ts";
import { defaultLocal } from "../places/local-database.ts";
import { parsePlace } from "../places/parse-place.ts";
import { parseTarget } from "../places/parse-target.ts";
import type { Command } from "./command.ts";

interface PullFlags extends TransferFlags {
  from?: string;
  to?: string;
}

export const pull: Command<[], PullFlags> = {
  name: "pull",
  summary: "Copy production's rows to a local app or a SQLite file: push in the other direction.",
  arguments: [],
  options: [
    { flags: "--from <place>", description: "where the rows are (default: PROD_API)" },
    {
      flags: "--to <place>",
      description: "where they go: an app, or a SQLite file, new or not (default: LOCAL_API, else local)",
    },
    ...transferOptions,
  ],
  examples: [
    "d1-ferry pull                                  # PROD_API to LOCAL_API",
    "d1-ferry pull --to copy.sqlite                 # to a SQLite file, created if it does not exist",
    "d1-ferry pull --mode mirror                    # also deletes rows that production does not have",
    "d1-ferry pull --tables posts,authors --create --yes",
  ],
  async run(_args, flags, dependencies) {
    const { settings, world } = dependencies;
    const from = flags.from ?? settings.prodApi;
    const to = flags.to ?? (await defaultLocal(settings, world.cwd));
    if (from === undefined)
      throw new UsageError("Pull from where?", "Set PROD_API in .env, or add --from PLACE");
    if (to === undefined)
      throw new UsageError(
        "Pull to where?",
        "Run it where wrangler.jsonc is, set LOCAL_API in .env, or add --to PLACE",
      );
    const journey = { from: await parsePlace(from, world.cwd), to: await parseTarget(to, world.cwd), flags };
    return transfer(journey, dependencies);
  },
};
