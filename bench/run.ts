import type { Field } from "./contenders/contender.ts";
import { openDirectory } from "./directory.ts";
import { openField } from "./field.ts";
import { type BenchOptions, readOptions, USAGE } from "./options.ts";
import { summarize } from "./report/summary.ts";
import { tellResult } from "./report/text.ts";
import { type BenchResult, watchLoad } from "./result.ts";
import { runSchedule } from "./schedule.ts";
import { toolVersions } from "./versions.ts";
import { bundleWorker } from "./worker/bundle.ts";

const options = readOptions(process.argv.slice(2));
if (options === null) console.log(USAGE);
else await bench(options);

async function bench({
  dataset,
  sizes,
  runs,
  wrangler,
  json,
  directory: named,
}: BenchOptions): Promise<void> {
  const say = (what: string) => console.error(`… ${what}`);
  const startedAt = performance.now();
  const load = watchLoad();
  const directory = await openDirectory(named);
  try {
    const bundle = directory.path("worker.mjs");
    await bundleWorker(bundle);
    const fields: Field[] = [];
    for (const rows of sizes) {
      say(`making ${rows.toLocaleString("en")} rows`);
      fields.push(await openField(directory, dataset, rows, bundle));
    }
    const results = await runSchedule(fields, { runs, wrangler, say });
    const result: BenchResult = {
      ...results,
      data: dataset.name,
      about: dataset.about,
      sizes: fields.map(({ rows, contents, archiveBytes }) => ({
        rows,
        bytes: contents.bytes,
        archiveBytes,
      })),
      load: load(),
      versions: toolVersions(),
      seconds: (performance.now() - startedAt) / 1000,
    };
    console.log(tellResult(result));
    if (json) console.log(JSON.stringify({ ...summarize(result), ...result }));
  } finally {
    await directory.remove();
  }
}
