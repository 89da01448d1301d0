import { UsageError } from "../exit.ts";
import { transfer } from "../journey/transfer.ts";
import { fileWithSize } from "../journey/write-archive.ts";
import { type TransferFlags, transferOptions } from "../options/run-options.ts";
import { parsePlace } from "../places/parse-place.ts";
import { parseTarget } from "../places/parse-target.ts";
import type { Command } from "./command.ts";

interface ImportFlags extends TransferFlags {
  to: string;
}

export const importCommand: Command<[string], ImportFlags> = {
  name: "import",
  summary: "Import an archive or a JSON document into a SQLite file or an app.",
  arguments: [{ name: "<file>", description: "an archive, or a plain JSON document" }],
  options: [
    {
      flags: "--to <place>",
      description: "a SQLite file (created if it does not exist), or an app's address",
      required: true,
    },
    ...transferOptions,
  ],
  examples: [
    "d1-ferry import app.json.gz --to other.sqlite",
    "d1-ferry import app.json.gz --to https://app.example.com --dry-run",
  ],
  async run([file], flags, dependencies) {
    const { cwd } = dependencies.world;
    const from = await parsePlace(file, cwd);
    if (from.kind === "sqlite" && (await fileWithSize(from.path)).bytes === 0) {
      throw new UsageError(`${file} is empty`, "Copy, download or export it again, or name another file");
    }
    if (from.kind !== "archive") {
      throw new UsageError(
        `${file} is not an export`,
        `d1-ferry push --from ${file} --to ${flags.to} takes any place`,
      );
    }
    return transfer({ from, to: await parseTarget(flags.to, cwd), flags }, dependencies);
  },
};
