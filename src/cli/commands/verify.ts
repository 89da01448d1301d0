import { EXIT, type ExitCode } from "../exit.ts";
import { compare, namesOf } from "../journey/compare.ts";
import { differenceTable } from "../printing/difference.ts";
import { differenceSummary, haveSameRows } from "../printing/difference-summary.ts";
import type { Command } from "./command.ts";
import { type CompareFlags, choiceOptions, comparedArguments, parsePlaces, printSummary } from "./diff.ts";

export const verify: Command<[first?: string, second?: string], CompareFlags> = {
  name: "verify",
  summary: "Check that two places hold the same rows. Ends with 4 where they do not.",
  arguments: comparedArguments,
  options: choiceOptions,
  examples: ["d1-ferry verify", "d1-ferry verify app.sqlite https://app.example.com --json"],
  async run([first, second], { tables, exclude, include, all }, dependencies): Promise<ExitCode> {
    const { printer } = dependencies;
    const places = await parsePlaces([first, second], dependencies);
    const found = await compare({ ...places, choice: { tables, exclude, include, all } }, dependencies);
    const equal = haveSameRows(found);
    printer.lines(differenceTable(found));
    printSummary(differenceSummary(found, namesOf(places), { schemas: false }), printer);
    printer.result({ success: equal, equal, ...found });
    return equal ? EXIT.done : EXIT.differs;
  },
};
