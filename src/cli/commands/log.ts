import type { LogAnswer } from "../../client/answers.ts";
import { count, moment } from "../../numbers.ts";
import { EXIT } from "../exit.ts";
import type { CommandOption } from "../options/command-option.ts";
import { type UrlFlags, urlOption } from "../options/common-options.ts";
import { wholeNumber } from "../options/values.ts";
import { chosenApp } from "../places/chosen-app.ts";
import { printable } from "../printing/printable.ts";
import type { Command } from "./command.ts";

interface LogFlags extends UrlFlags {
  limit?: number;
}

const limitOption: CommandOption = {
  flags: "--limit <n>",
  description: "how many entries, 1,000 at the most (default: 100)",
  parse: wholeNumber,
};

export const log: Command<[], LogFlags> = {
  name: "log",
  summary: "Show who exported, synced and removed what at an app, and what was refused.",
  arguments: [],
  options: [urlOption, limitOption],
  examples: ["d1-ferry log", "d1-ferry log --limit 1000 --json"],
  async run(_args, flags, dependencies) {
    const { printer, world } = dependencies;
    const input = flags.limit === undefined ? {} : { limit: flags.limit };
    const { entries, cursor } = await chosenApp(flags, dependencies).client.log(input, {
      signal: world.signal,
    });
    printer.lines(
      entries.length === 0
        ? ["Nothing is recorded yet"]
        : [
            {
              columns: [
                { title: "when" },
                { title: "who", long: "cut" },
                { title: "did" },
                { title: "key", drop: 1 },
                { title: "what came of it", long: "wrap" },
              ],
              rows: entries.map(lineOf),
            },
          ],
    );
    if (cursor !== undefined) printer.lines(["There are older ones: --limit takes up to 1,000"]);
    printer.result({ success: true, entries, ...(cursor === undefined ? {} : { cursor }) });
    return EXIT.done;
  },
};

function lineOf(entry: LogAnswer["entries"][number]): string[] {
  const { at, who, from, did, key, outcome, code, counts, missing, policy } = entry;
  const why = missing === undefined ? policy : `lacks ${missing.join(", ")}`;
  const told = outcome === "completed" ? countsOf(counts) : [outcome, code, why].filter(Boolean).join(": ");
  const person = from === null ? who : `${who} from ${from}`;
  return [moment(at), person, did, key ?? "", told].map(printable);
}

function countsOf(counts: Readonly<Record<string, number>>): string {
  const told = Object.entries(counts).filter(([, n]) => n > 0);
  return told.map(([name, n]) => `${name} ${count(n)}`).join(", ") || "done";
}
