import { UsageError } from "../exit.ts";
import { transfer } from "../journey/transfer.ts";
import { fileWithSize } from "../journey/write-archive.ts";
import { importOptions, type TransferFlags } from "../options/run-options.ts";
import { parseFile, parsePlace } from "../places/parse-place.ts";
import { parseTarget } from "../places/parse-target.ts";
import type { Place } from "../places/place.ts";
import { STDIN, withStdinAsFile } from "../places/spool-stdin.ts";
import { isInteractive } from "../prompts/interactive.ts";
import { refuseWithoutConfirmation } from "../prompts/needed-confirmation.ts";
import type { Command } from "./command.ts";

interface ImportFlags extends TransferFlags {
  to: string;
}

export const importCommand: Command<[string], ImportFlags> = {
  name: "import",
  summary: "Import an archive or a JSON document into a SQLite file or an app.",
  arguments: [{ name: "<file>", description: "an archive, or a plain JSON document; - for stdin" }],
  options: [
    {
      flags: "--to <place>",
      description: "a SQLite file (created if it does not exist), or an app's address",
      required: true,
    },
    ...importOptions,
  ],
  examples: [
    "d1-ferry import app.json.gz --to other.sqlite",
    "d1-ferry import app.json.gz --to https://app.example.com --dry-run",
    "ssh host cat backup.json.gz | d1-ferry import - --to copy.sqlite --yes",
  ],
  async run([file], flags, dependencies) {
    const { world } = dependencies;
    const to = await parseTarget(flags.to, world.cwd);
    if (file !== "-") {
      const from = await archiveOf(await parsePlace(file, world.cwd), { file, to: flags.to });
      return transfer({ from, to, flags }, dependencies);
    }
    // Before it is read, however long that takes.
    if (!flags.dryRun) refuseWithoutConfirmation({ ...flags, interactive: isInteractive(world) });
    return withStdinAsFile(world, async (path) => {
      const from = await archiveOf(await parseFile(path, STDIN), { file: STDIN, to: flags.to });
      // What an earlier command has read of another pipe is nothing to resume.
      return transfer({ from: { ...from, name: STDIN }, to, flags: { ...flags, fresh: true } }, dependencies);
    });
  },
};

type ArchivePlace = Extract<Place, { kind: "archive" }>;

async function archiveOf(from: Place, { file, to }: { file: string; to: string }): Promise<ArchivePlace> {
  if (from.kind === "archive") return from;
  if (from.kind === "sqlite" && (await fileWithSize(from.path)).bytes === 0) {
    throw new UsageError(`${file} is empty`, "Copy, download or export it again, or name another file");
  }
  throw new UsageError(
    `${file} is not an export`,
    file === STDIN
      ? "d1-ferry push --from FILE takes any place"
      : `d1-ferry push --from ${file} --to ${to} takes any place`,
  );
}
