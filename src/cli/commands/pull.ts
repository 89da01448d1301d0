import { UsageError } from "../exit.ts";
import { transfer } from "../journey/transfer.ts";
import { syncOptions, type TransferFlags } from "../options/run-options.ts";
import { parseTarget } from "../places/parse-target.ts";
import { parsePlace } from "../places/place.ts";
import type { Command } from "./command.ts";

interface PullFlags extends TransferFlags {
  from?: string;
  to?: string;
}

export const pull: Command<[], PullFlags> = {
  name: "pull",
  summary: "Fetch production's rows into a local app or a SQLite file: push with its ends exchanged.",
  arguments: [],
  options: [
    { flags: "--from <place>", description: "where the rows are (default: PROD_API)" },
    {
      flags: "--to <place>",
      description: "where they go: an app, or a SQLite file, new or not (default: LOCAL_API)",
    },
    ...syncOptions,
  ],
  examples: [
    "d1-ferry pull                                  # PROD_API to LOCAL_API",
    "d1-ferry pull --to copy.sqlite                 # into a SQLite file, made where there is none",
    "d1-ferry pull --mode mirror                    # also deletes what production does not have",
    "d1-ferry pull --tables posts,authors --create --yes",
  ],
  async run(_args, flags, dependencies) {
    const { settings, world } = dependencies;
    const from = flags.from ?? settings.prodApi;
    const to = flags.to ?? settings.localApi;
    if (from === undefined)
      throw new UsageError("Pull from where?", "Set PROD_API in .env, or add --from PLACE");
    if (to === undefined) throw new UsageError("Pull to where?", "Set LOCAL_API in .env, or add --to PLACE");
    const journey = { from: await parsePlace(from, world.cwd), to: await parseTarget(to, world.cwd), flags };
    return transfer(journey, dependencies);
  },
};
