import { join } from "node:path";
import manifest from "../../../package.json" with { type: "json" };
import { makeCases, open } from "../observe.ts";
import type { Tool } from "../tool.ts";
import { ferry } from "./ferry-command.ts";

/** SQLite file → archive → new SQLite file, by the command as it is built. */
export const ferryFiles: Tool = {
  id: "ferry-files",
  title: "d1-ferry, file to file",
  version: async () => manifest.version,
  async carry(cases, folder) {
    const source = open(join(folder, "source.sqlite"));
    makeCases(source, cases);
    source.close();
    const error =
      (await ferry(folder, ["export", "source.sqlite", "-o", "archive.json.gz"])) ??
      (await ferry(folder, ["import", "archive.json.gz", "--to", "target.sqlite", "--yes"]));
    return { error, places: [{ name: "file", path: join(folder, "target.sqlite") }] };
  },
};
