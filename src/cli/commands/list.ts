import type { ListAnswer } from "../../client/answers.ts";
import { endless, pageCounter } from "../../client/pages.ts";
import { age, bytes } from "../../numbers.ts";
import { EXIT } from "../exit.ts";
import { type UrlFlags, urlOption } from "../options/common-options.ts";
import type { App } from "../places/app.ts";
import { chosenApp } from "../places/chosen-app.ts";
import { placeName } from "../places/place.ts";

import type { Command } from "./command.ts";

interface Listed {
  key: string;
  version: number | null;
  size: string;
  /** Milliseconds since 1970. */
  since: number;
  run: string | null;
}

export const list: Command<[], UrlFlags> = {
  name: "list",
  summary: "List an app's runs, and the exports and uploads in its bucket.",
  arguments: [],
  options: [urlOption],
  examples: ["d1-ferry list", "d1-ferry list --json"],
  async run(_args, flags, dependencies) {
    const { printer, world } = dependencies;
    const { objects, runs } = await listAll(chosenApp(flags, dependencies), world.signal);
    const stored = new Set(objects.map(({ key }) => key));
    const line = ({ key, version, size, since, run }: Listed) => [
      key,
      version === null ? "" : String(version),
      size,
      age(world.now() - since),
      run ?? "",
    ];
    const rows = [
      ...objects.map((one) => ({ ...one, size: bytes(one.bytes), since: one.uploadedAt, run: phaseOf(one) })),
      ...runs
        .filter(({ key }) => !stored.has(key))
        .map((run) => ({ ...run, size: "gone", since: run.startedAt, run: phaseOf(run) })),
    ].map(line);
    printer.lines(
      rows.length === 0
        ? ["There are no exports, no uploads and no runs"]
        : [
            {
              columns: [
                { title: "key" },
                { title: "version", align: "right", drop: 2 },
                { title: "size", align: "right", drop: 1 },
                { title: "age", align: "right", drop: 3 },
                { title: "run" },
              ],
              rows,
            },
          ],
    );
    printer.result({ success: true, objects, runs });
    return EXIT.done;
  },
};

/** An app of an earlier version says no more than the status. */
function phaseOf({ status, phase }: { status: string | null; phase?: string | null | undefined }) {
  return phase ?? status;
}

/** All pages. */
async function listAll({ client, url }: App, signal: AbortSignal) {
  const objects: ListAnswer["objects"] = [];
  const runs: NonNullable<ListAnswer["runs"]> = [];
  const takesMore = pageCounter();
  let cursor: string | undefined;
  do {
    const page = await client.list(cursor === undefined ? {} : { cursor }, { signal });
    objects.push(...page.objects);
    runs.push(...(page.runs ?? []));
    if (page.cursor !== undefined && (page.cursor === cursor || !takesMore(page))) {
      throw endless(placeName({ kind: "app", url }), "its list");
    }
    cursor = page.cursor;
  } while (cursor !== undefined);
  return { objects, runs };
}
