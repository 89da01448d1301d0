import { bytes } from "../../numbers.ts";
import { EXIT, type ExitCode } from "../exit.ts";
import { Interrupted } from "../interruption/interrupted.ts";
import { removalOption, type UrlFlags, urlOption } from "../options/common-options.ts";
import { undoCommand } from "../options/undo-command.ts";
import { wordsFor } from "../places/app.ts";
import { chosenApp } from "../places/chosen-app.ts";
import { typedKey } from "../places/typed-key.ts";
import { leftBehindLines } from "../printing/left-behind.ts";
import { printable } from "../printing/printable.ts";
import { confirmRemoval } from "../prompts/ask.ts";
import { ifFound } from "../targets/if-found.ts";
import type { Command } from "./command.ts";
import type { Dependencies } from "./dependencies.ts";

interface DropFlags extends UrlFlags {
  yes?: boolean;
}

export const drop: Command<[string], DropFlags> = {
  name: "drop",
  summary: "Remove a run, its temporary rows, and its archive in the bucket.",
  arguments: [{ name: "<key>", description: "a syncKey or an exportKey" }],
  options: [urlOption, removalOption],
  examples: [
    "d1-ferry drop sync-1700000000000-k3v9x0a7b2qd",
    "d1-ferry drop export-1700000000000-x4rmj5571k97 --url https://app.example.com --yes",
  ],
  async run([typed], flags, dependencies) {
    const { printer, world } = dependencies;
    const app = chosenApp(flags, dependencies);
    const { client, url } = app;
    const { signal } = world;
    const key = typedKey(typed);
    const { status, bytes: size, message } = await client.status(key, { signal });
    printer.line(`${key}: ${status}${size === null ? "" : `, ${bytes(size)}`}. ${printable(message)}`);
    if (status === "applying") printer.warn("It is being applied: rows that are written already stay");
    const answer = await confirmRemoval(`Remove it from ${url.host}?`, flags, world);
    if (answer === "interrupted") throw new Interrupted();
    if (answer === "no") {
      printer.warn("Not confirmed: nothing was removed");
      printer.result({ success: false, syncKey: key, dropped: false });
      return EXIT.usage;
    }
    const dropped = await ifFound(client.drop(key, { signal }));
    // It was there a moment ago: the answer to a first try was lost, or somebody else was quicker.
    if (dropped === undefined) return doneAlready(key, printer);
    printer.done(printable(dropped.message));
    printer.lines(leftBehindLines(dropped.leaves ?? {}));
    const undo = dropped.undo?.at(-1);
    const command = undoCommand(key, wordsFor(app));
    if (undo !== undefined) printer.line(`Undo it: ${command}`);
    printer.result({
      success: true,
      syncKey: key,
      dropped: true,
      leaves: dropped.leaves ?? {},
      undo: undo === undefined ? null : { key: undo.key, command },
    });
    return EXIT.done;
  },
};

function doneAlready(key: string, printer: Dependencies["printer"]): ExitCode {
  printer.done(`${key} is removed`);
  printer.result({ success: true, syncKey: key, dropped: true, leaves: {}, undo: null });
  return EXIT.done;
}
