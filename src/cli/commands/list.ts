import type { ListAnswer } from "../../client/answers.ts";
import type { Command } from "../command.ts";
import { EXIT } from "../exit.ts";
import type { App } from "../places/app.ts";
import { bytes, moment } from "../printing/numbers.ts";
import { table } from "../printing/table.ts";
import { targetApp, type UrlFlags, urlOption } from "./target-app.ts";

export const list: Command<[], UrlFlags> = {
  name: "list",
  summary: "List the exports and uploads in an app's bucket.",
  arguments: [],
  options: [urlOption],
  examples: ["d1-ferry list", "d1-ferry list --json"],
  async run(_args, flags, dependencies) {
    const { printer } = dependencies;
    const objects = await allObjects(targetApp(flags, dependencies), dependencies.world.signal);
    const rows = objects.map((object) => [
      object.key,
      object.version === null ? "" : String(object.version),
      bytes(object.bytes),
      moment(object.uploadedAt),
      object.status ?? "",
    ]);
    printer.lines(
      rows.length === 0
        ? ["The bucket holds no exports and no uploads"]
        : table(
            [
              { title: "key" },
              { title: "version", align: "right" },
              { title: "size", align: "right" },
              { title: "stored" },
              { title: "run" },
            ],
            rows,
          ),
    );
    printer.result({ success: true, objects });
    return EXIT.done;
  },
};

async function allObjects({ client }: App, signal: AbortSignal): Promise<ListAnswer["objects"]> {
  const objects: ListAnswer["objects"] = [];
  let cursor: string | undefined;
  do {
    const page = await client.list(cursor === undefined ? {} : { cursor }, { signal });
    objects.push(...page.objects);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return objects;
}
