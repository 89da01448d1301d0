import { HISTORY_LIMIT } from "../../api/requests.ts";
import { liveVersions } from "../../sync/run/index.ts";
import { EXIT } from "../exit.ts";
import { commandLine } from "../options/command-line.ts";
import type { CommandOption } from "../options/command-option.ts";
import { type UrlFlags, urlOption } from "../options/common-options.ts";
import { wholeNumber } from "../options/values.ts";
import { wordsFor } from "../places/app.ts";
import { chosenApp } from "../places/chosen-app.ts";
import { typedKey } from "../places/typed-key.ts";
import { liveLines, runTable } from "../printing/history.ts";
import type { Command } from "./command.ts";

interface HistoryFlags extends UrlFlags {
  tables?: boolean;
  limit?: number;
  before?: string;
}

const DEFAULT_LIMIT = 20;

const historyOptions: CommandOption[] = [
  urlOption,
  { flags: "--tables", description: "what each run did to each of its tables" },
  {
    flags: "--limit <n>",
    description: `how many runs, ${HISTORY_LIMIT} at the most (default: ${DEFAULT_LIMIT})`,
    parse: wholeNumber,
  },
  { flags: "--before <key>", description: "the runs behind this one, the last of another page" },
];

export const history: Command<[], HistoryFlags> = {
  name: "history",
  summary: "Show what is live in an app's database, and the runs that brought it there.",
  arguments: [],
  options: historyOptions,
  examples: ["d1-ferry history", "d1-ferry history --tables --limit 5", "d1-ferry history --json"],
  async run(_args, flags, dependencies) {
    const { printer, world } = dependencies;
    const { limit = DEFAULT_LIMIT, tables = false, before } = flags;
    const app = chosenApp(flags, dependencies);
    const asked = { limit, ...(before === undefined ? {} : { before: typedKey(before) }) };
    const answer = await app.client.runs(asked, { signal: world.signal });
    // An app of an earlier version tells the history alone.
    const { history, runs = [], live = liveVersions(history) } = answer;
    printer.lines(liveLines(live));
    if (runs.length > 0) printer.lines(["", runTable(runs, { tables })]);
    const last = runs.at(-1);
    if (last !== undefined && runs.length === limit) {
      const words = [...(tables ? ["--tables"] : []), "--limit", String(limit), "--before", last.key];
      printer.line("There may be older ones:");
      printer.line({ whole: `  ${commandLine(["history", ...words, ...wordsFor(app)])}` });
    }
    printer.result({ success: true, live, runs, history });
    return EXIT.done;
  },
};
