import type { Field } from "./contenders/contender.ts";
import type { Dataset } from "./data/dataset.ts";
import { type BenchDirectory, openDirectory } from "./directory.ts";
import { openField } from "./field.ts";
import { type BenchOptions, readOptions, TRACED_ROWS, USAGE } from "./options.ts";
import { drawChart } from "./report/chart.ts";
import { pageSections } from "./report/markdown.ts";
import { writeChart, writePage } from "./report/page.ts";
import { summarize } from "./report/summary.ts";
import { tellResult, tellTraces } from "./report/text.ts";
import { type BenchResult, watchLoad } from "./result.ts";
import { runSchedule } from "./schedule.ts";
import { type Trace, traceFerry } from "./trace/trace.ts";
import { toolVersions } from "./versions.ts";
import { bundleWorker } from "./worker/bundle.ts";

const options = readOptions(process.argv.slice(2));
const say = (what: string) => console.error(`… ${what}`);

if (options === null) console.log(USAGE);
else {
  const directory = await openDirectory(options.directory);
  try {
    await bundleWorker(bundleIn(directory));
    await (options.trace ? trace(directory, options) : bench(directory, options));
  } finally {
    await directory.remove();
  }
}

async function bench(directory: BenchDirectory, options: BenchOptions): Promise<void> {
  const { dataset, sizes, runs, wrangler, json, write } = options;
  const startedAt = performance.now();
  const load = watchLoad();
  const fields: Field[] = [];
  for (const rows of sizes) {
    say(`making ${rows.toLocaleString("en")} rows`);
    fields.push(await openField(directory, dataset, rows, bundleIn(directory)));
  }
  const results = await runSchedule(fields, { runs, wrangler, say });
  const result: BenchResult = {
    ...results,
    data: dataset.name,
    about: dataset.about,
    sizes: fields.map(({ rows, contents, archiveBytes }) => ({ rows, bytes: contents.bytes, archiveBytes })),
    load: load(),
    versions: toolVersions(),
    seconds: (performance.now() - startedAt) / 1000,
  };
  console.log(tellResult(result));
  if (write) {
    const rows = sizes.includes(TRACED_ROWS) ? TRACED_ROWS : (sizes.at(-1) as number);
    const traces = await traceAt(directory, dataset, rows);
    await writePage(pageSections(result, traces));
    await writeChart(drawChart(result));
    say("wrote docs/performance.md and docs/performance.svg");
  }
  if (json) console.log(JSON.stringify({ ...summarize(result), ...result }));
}

async function trace(directory: BenchDirectory, { dataset, sizes, json }: BenchOptions): Promise<void> {
  const traces = [];
  for (const rows of sizes) traces.push(...(await traceAt(directory, dataset, rows)));
  console.log(tellTraces(traces));
  if (json) console.log(JSON.stringify({ traces }));
}

async function traceAt(directory: BenchDirectory, dataset: Dataset, rows: number): Promise<Trace[]> {
  const field = await openField(directory, dataset, rows, bundleIn(directory));
  const traces = await traceFerry(field, say);
  await field.directory.remove();
  return traces;
}

function bundleIn(directory: BenchDirectory): string {
  return directory.path("worker.mjs");
}
