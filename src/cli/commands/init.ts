import { plural } from "../../numbers.ts";
import { EXIT, UsageError } from "../exit.ts";
import { Interrupted } from "../interruption/interrupted.ts";
import { printable } from "../printing/printable.ts";
import { askOneOf, confirmWriting } from "../prompts/ask.ts";
import { isInteractive } from "../prompts/interactive.ts";
import type { Setup } from "../setup/plan-setup.ts";
import type { World } from "../world.ts";
import type { Command } from "./command.ts";

interface InitFlags {
  framework?: string;
  config?: string;
  database?: string;
  bucket?: string;
  dryRun?: boolean;
  yes?: boolean;
}

export const init: Command<[], InitFlags> = {
  name: "init",
  summary: "Set up d1-ferry in the app of this directory: shows every change as one diff, and asks once.",
  arguments: [],
  options: [
    { flags: "--framework <name>", description: "what the app is made with (default: found by its files)" },
    { flags: "--config <file>", description: "the wrangler file (default: wrangler.json, .jsonc or .toml)" },
    {
      flags: "--database <binding>",
      description: "the D1 binding (default: the one that is there, else DB)",
    },
    { flags: "--bucket <binding>", description: "the R2 binding (default: DATA_SYNC)" },
    { flags: "--dry-run", description: "show the diff and write nothing" },
    { flags: "-y, --yes", description: "write without asking" },
  ],
  examples: ["d1-ferry init", "d1-ferry init --dry-run", "d1-ferry init --bucket MEDIA --yes"],
  async run(_args, flags, { printer, world }) {
    // Its parsers are large, and no other command needs them.
    const { setUp } = await import("../setup/index.ts");
    const setup = await setUp(world, {
      ...flags,
      choose: (question, names, flag) => choose(question, { names, flag }, world),
    });
    const { changes, snippets, notes, framework, next } = setup;
    const result = { framework: framework.name, changes: changes.map(shownChange), snippets, notes, next };
    const tell = () => {
      for (const note of notes) printer.warn(printable(note));
      printer.important(snippetLines(snippets));
    };
    if (changes.length === 0) {
      tell();
      printer.done(`${framework.title}: ${snippets.length === 0 ? "nothing to do" : "nothing to write"}`);
      printer.result({ success: true, status: "nothing to do", ...result });
      return EXIT.done;
    }
    printer.important(changes.flatMap(({ diff }) => [...diff, ""]));
    tell();
    if (flags.dryRun) {
      printer.line(`${framework.title}: ${plural(changes.length, "file")}, and nothing was written`);
      printer.result({ success: true, status: "dry run", ...result });
      return EXIT.done;
    }
    const answer = await confirmWriting(`Write ${plural(changes.length, "file")}?`, flags, world);
    if (answer === "interrupted") throw new Interrupted();
    if (answer === "no") {
      printer.warn("Not confirmed: nothing was written");
      printer.result({ success: false, status: "declined", ...result });
      return EXIT.usage;
    }
    await setup.write();
    printer.done(`${framework.title}: wrote ${changes.map(({ path }) => path).join(", ")}`);
    for (const line of nextLines(next)) printer.line(line);
    printer.result({ success: true, status: "written", ...result });
    return EXIT.done;
  },
};

function shownChange({ path, before, diff }: ShownChange) {
  return { path, kind: before === null ? "new" : "edit", diff: diff.join("\n") };
}

interface ShownChange {
  path: string;
  before: string | null;
  diff: string[];
}

function snippetLines(snippets: Setup["snippets"]): string[] {
  return snippets.flatMap(({ path, where, code }) => [
    `By hand, in ${path} (${where}):`,
    "",
    ...code.split("\n").map((line) => `  ${line}`),
    "",
  ]);
}

function nextLines(next: { command: string; why: string }[]): string[] {
  const width = Math.max(...next.map(({ command }) => command.length));
  return [
    "",
    "Next:",
    "",
    ...next.map(({ command, why }) => `  ${command.padEnd(width)}  # ${why}`),
    "",
    "For production: make the bucket, the database and its tables there, deploy with the FERRY_TOKEN of .env among the",
    "app's secrets, and write the app's address into .env as PROD_API. Then see what a push would do:",
    "",
    "  d1-ferry push --dry-run",
  ];
}

async function choose(
  question: string,
  { names, flag }: { names: readonly string[]; flag: string },
  world: World,
): Promise<string> {
  if (!isInteractive(world))
    throw new UsageError(
      `${question} ${names.join(", ")}; nothing was changed`,
      `Say which: ${flag} ${names[0]}`,
    );
  const answer = await askOneOf(question, names, world);
  if (answer === "interrupted") throw new Interrupted();
  if (answer === null)
    throw new UsageError("Nothing was chosen; nothing was changed", `Or say which: ${flag} ${names[0]}`);
  return answer.name;
}
