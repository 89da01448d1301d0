import type { PruneAnswer } from "../../client/answers.ts";
import { age, bytes, plural } from "../../numbers.ts";
import { EXIT } from "../exit.ts";
import { Interrupted } from "../interruption/interrupted.ts";
import { removalOption, type UrlFlags, urlOption } from "../options/common-options.ts";
import { timeSpan } from "../options/values.ts";
import type { App } from "../places/app.ts";
import { chosenApp } from "../places/chosen-app.ts";
import type { Column } from "../printing/layout/block.ts";
import { printable } from "../printing/printable.ts";
import { confirmRemoval } from "../prompts/ask.ts";
import { findLeftovers, type Leftover, removeLeftover } from "../workspace/leftovers.ts";
import type { Command } from "./command.ts";
import type { Dependencies } from "./dependencies.ts";

interface PruneFlags extends UrlFlags {
  /** Milliseconds. */
  olderThan?: number;
  dryRun?: boolean;
  yes?: boolean;
}

export const prune: Command<[], PruneFlags> = {
  name: "prune",
  summary: "List what is abandoned, at an app and in this directory, and remove it.",
  arguments: [],
  options: [
    urlOption,
    {
      flags: "--older-than <span>",
      description:
        "only what has not been used for this long, such as 12h (default: 7d at the app, 24h here)",
      parse: timeSpan,
    },
    { flags: "--dry-run", description: "list it and remove nothing" },
    removalOption,
  ],
  examples: [
    "d1-ferry prune                                 # lists, then asks",
    "d1-ferry prune --older-than 30d --yes",
    "d1-ferry prune --dry-run --json",
  ],
  async run(_args, flags, dependencies) {
    const { printer, world } = dependencies;
    const { olderThan, dryRun = false } = flags;
    const app = appOf(flags, dependencies);
    const age = olderThan === undefined ? {} : { olderThanMs: olderThan };
    const call = { signal: world.signal };
    const local = await findLeftovers(world, age);
    const stale = app === null ? [] : (await app.client.prune({ ...age, dryRun: true }, call)).pruned;
    printAbandoned({ stale, local }, dependencies);
    const result = { success: true, dryRun, pruned: stale, local };
    if (dryRun || stale.length + local.length === 0) {
      printer.result(result);
      return EXIT.done;
    }

    const answer = await confirmRemoval("Remove all of it?", flags, world);
    if (answer === "interrupted") throw new Interrupted();
    if (answer === "no") {
      printer.warn("Not confirmed: nothing was removed");
      printer.result({ ...result, success: false, pruned: [], local: [] });
      return EXIT.usage;
    }
    for (const leftover of local) await removeLeftover(leftover);
    const pruned = app === null ? [] : (await app.client.prune(age, call)).pruned;
    const size = [...pruned, ...local].reduce((sum, one) => sum + one.bytes, 0);
    printer.done(`Removed ${plural(pruned.length + local.length, "item")}, ${bytes(size)}`);
    printer.result({ ...result, pruned });
    return EXIT.done;
  },
};

/** Null where no app is named: then only this directory is searched. */
function appOf(flags: UrlFlags, dependencies: Dependencies): App | null {
  if (flags.url !== undefined || dependencies.settings.prodApi !== undefined) {
    return chosenApp(flags, dependencies);
  }
  dependencies.printer.line("No app is named (PROD_API, or --url ADDRESS): looking in this directory only");
  return null;
}

interface Abandoned {
  /** At the app. */
  stale: PruneAnswer["pruned"];
  /** In this directory. */
  local: Leftover[];
}

function printAbandoned({ stale, local }: Abandoned, { printer, world }: Dependencies): void {
  if (stale.length + local.length === 0) {
    printer.line("There is nothing to remove");
    return;
  }
  const rows = [
    ...stale.map((one) => [one.key, one.kind, bytes(one.bytes), age(one.ageMs), printable(one.reason)]),
    ...local.map((one) => [shown(one.path, world.cwd), "here", bytes(one.bytes), age(one.ageMs), one.reason]),
  ];
  const columns: Column[] = [
    { title: "what" },
    { title: "kind", drop: 2 },
    { title: "size", align: "right" },
    { title: "age", align: "right", drop: 1 },
    { title: "why", long: "wrap" },
  ];
  printer.important([{ columns, rows }]);
}

function shown(path: string, cwd: string): string {
  return path.startsWith(`${cwd}/`) ? path.slice(cwd.length + 1) : path;
}
