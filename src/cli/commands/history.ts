import { EXIT } from "../exit.ts";
import { type UrlFlags, urlOption } from "../options/common-options.ts";
import { chosenApp } from "../places/chosen-app.ts";
import { count, moment } from "../printing/numbers.ts";
import { printable, table } from "../printing/table.ts";
import type { Command } from "./command.ts";

export const history: Command<[], UrlFlags> = {
  name: "history",
  summary: "List the versions that were synced into an app's database.",
  arguments: [],
  options: [urlOption],
  examples: ["d1-ferry history", "d1-ferry history --url http://localhost:4321 --json"],
  async run(_args, flags, dependencies) {
    const { printer } = dependencies;
    const entries = await chosenApp(flags, dependencies).client.history({
      signal: dependencies.world.signal,
    });
    const rows = entries.map((entry) => [
      printable(entry.seedName),
      String(entry.seedVersion),
      count(entry.recordCount),
      typeof entry.appliedAt === "number" ? moment(entry.appliedAt) : printable(entry.appliedAt),
    ]);
    printer.lines(
      rows.length === 0
        ? ["Nothing has been synced yet"]
        : table(
            [
              { title: "table" },
              { title: "version", align: "right" },
              { title: "rows", align: "right" },
              { title: "applied" },
            ],
            rows,
          ),
    );
    printer.result({ success: true, history: entries });
    return EXIT.done;
  },
};
