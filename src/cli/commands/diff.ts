import { EXIT, type ExitCode, UsageError } from "../exit.ts";
import { compare, namesOf } from "../journey/compare.ts";
import { DifferingRows } from "../journey/differing-rows.ts";
import type { CommandOption } from "../options/command-option.ts";
import { exportOptions } from "../options/run-options.ts";
import { tableCondition, wholeNumber } from "../options/values.ts";
import { defaultLocal } from "../places/local-database.ts";
import { parsePlace } from "../places/parse-place.ts";
import { differenceTable, unprintedRows } from "../printing/difference.ts";
import { differenceSummary, haveSameRows, type Summary } from "../printing/difference-summary.ts";
import type { Printer } from "../printing/printer.ts";
import type { Command } from "./command.ts";

export interface CompareFlags {
  tables?: string[];
  exclude?: string[];
  include?: string[];
  all?: boolean;
  json?: boolean;
}

interface DiffFlags extends CompareFlags {
  rows?: boolean;
  limit?: number;
  where?: { table: string; sql: string }[];
  exitCode?: boolean;
}

export const choiceOptions: CommandOption[] = exportOptions.filter(({ flags }) =>
  /^--(tables|exclude|include|all)\b/.test(flags),
);

export const comparedArguments = [
  { name: "[first]", description: "an app, a SQLite file or an archive (default: LOCAL_API, else local)" },
  { name: "[second]", description: "another one (default: PROD_API)" },
];

export const diff: Command<[first?: string, second?: string], DiffFlags> = {
  name: "diff",
  summary: "Show how the rows of two places differ. Nothing is written in either.",
  arguments: comparedArguments,
  options: [
    {
      flags: "--rows",
      description: "print each differing row to stdout, a line each; with --json as JSON lines",
    },
    {
      flags: "--limit <n>",
      description: "with --rows: so many rows of each table at the most",
      parse: wholeNumber,
    },
    {
      flags: "--where <condition>",
      description:
        'only rows of a table that meet a condition in either place: "posts: score > 5"; repeatable',
      parse: tableCondition,
      list: true,
    },
    { flags: "--exit-code", description: "end with 4 where they differ" },
    ...choiceOptions,
  ],
  examples: [
    "d1-ferry diff                                   # LOCAL_API and PROD_API",
    "d1-ferry diff yesterday.json.gz app.sqlite --rows",
    "d1-ferry diff app.sqlite https://app.example.com --tables posts --exit-code",
    "d1-ferry diff --tables posts --where \"posts: score > 5 AND title LIKE '%cat%'\"",
  ],
  async run([first, second], flags, dependencies): Promise<ExitCode> {
    const { printer } = dependencies;
    const places = await parsePlaces([first, second], dependencies);
    const { tables, exclude, include, all, rows = false, limit = Infinity, json = false, where } = flags;
    const printed = new DifferingRows({ limit, json }, dependencies);
    const found = await compare(
      {
        ...places,
        choice: { tables, exclude, include, all },
        where,
        ...(rows ? { onRow: (row) => printed.print(row), tableByTable: true } : {}),
      },
      dependencies,
    );
    const equal = haveSameRows(found) && found.schema.length === 0;
    printer.lines(unprintedRows(printed.left));
    printer.lines(differenceTable(found));
    printSummary(differenceSummary(found, namesOf(places), { schemas: true }), printer);
    if (!rows) printer.result({ success: true, equal, ...found });
    return flags.exitCode && !equal ? EXIT.differs : EXIT.done;
  },
};

export function printSummary({ text, isGood }: Summary, printer: Printer): void {
  if (isGood) printer.done(text);
  else printer.warn(text);
}

/** The places to compare, as they were typed or as the settings have them. */
export async function parsePlaces(
  [first, second]: readonly (string | undefined)[],
  { settings, world }: Pick<Parameters<typeof diff.run>[2], "settings" | "world">,
) {
  const left = first ?? (await defaultLocal(settings, world.cwd));
  // One that was named is compared with the app in production.
  const right = second ?? settings.prodApi;
  if (left === undefined)
    throw new UsageError(
      "Compare what?",
      "Run it where wrangler.jsonc is, set LOCAL_API in .env, or name two places",
    );
  if (right === undefined)
    throw new UsageError("Compare with what?", "Set PROD_API in .env, or name two places");
  return { left: await parsePlace(left, world.cwd), right: await parsePlace(right, world.cwd) };
}
