import { EXIT, type ExitCode } from "../exit.ts";
import { compare, namesOf } from "../journey/compare.ts";
import { differenceSummary, differenceTable, isEqual } from "../printing/difference.ts";
import type { Command } from "./command.ts";
import { type CompareFlags, choiceOptions, comparedArguments, parsePlaces } from "./diff.ts";

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
    // What could not be compared is not known to be equal.
    const equal = found.tables.every(isEqual) && found.notCompared.length === 0;
    printer.lines(differenceTable(found));
    const summary = differenceSummary(found, namesOf(places));
    if (equal) printer.done(summary);
    else printer.warn(summary);
    printer.result({ success: equal, equal, ...found });
    return equal ? EXIT.done : EXIT.differs;
  },
};
