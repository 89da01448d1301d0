import { parseArgs } from "node:util";
import { DATASETS, type Dataset, type DatasetName } from "./data/dataset.ts";

export interface BenchOptions {
  dataset: Dataset;
  sizes: readonly number[];
  runs: number;
  wrangler: boolean;
  trace: boolean;
  write: boolean;
  json: boolean;
  directory: string | undefined;
}

/** Rows of the export and import whose time is looked into. */
export const TRACED_ROWS = 50_000;

export const USAGE = `Moves a database by d1-ferry and by its peers, and says what each took.

  npm run bench [-- options]

  --rows N,N…        sizes (default 10000,50000,200000; wrangler runs up to 50,000)
  --runs N           runs of each measure (default 3)
  --quick            10,000 rows, once
  --no-wrangler      leave wrangler out, which takes minutes
  --data NAME        posts (default), or community: the example app's seven tables
  --trace            only say where the time of one export and import goes (--rows, default 50000)
  --write            put tables, chart and a trace into docs/performance.md
  --directory DIR    keep the data there, and take what is there
  --json             everything as one JSON line at the end`;

/** Null when help was asked for. Throws what a person should read. */
export function readOptions(args: string[]): BenchOptions | null {
  const { values } = parseArgs({
    args,
    options: {
      rows: { type: "string" },
      runs: { type: "string" },
      quick: { type: "boolean", default: false },
      "no-wrangler": { type: "boolean", default: false },
      data: { type: "string", default: "posts" },
      trace: { type: "boolean", default: false },
      write: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      directory: { type: "string" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return null;
  const dataset = DATASETS[values.data as DatasetName];
  if (dataset === undefined) throw new Error(`There is no data "${values.data}": posts or community`);
  if (values.write && dataset.name !== "posts")
    throw new Error("docs/performance.md is about posts: leave out --data");
  if (values.write && (values.quick || values["no-wrangler"]))
    throw new Error("docs/performance.md shows everything: leave out --quick and --no-wrangler");
  const usual = values.trace ? [TRACED_ROWS] : values.quick ? dataset.sizes.slice(0, 1) : dataset.sizes;
  const sizes = values.rows?.split(",").map((text) => whole(text, "--rows")) ?? usual;
  return {
    dataset,
    sizes: [...new Set(sizes)].sort((a, b) => a - b),
    runs: values.runs === undefined ? (values.quick ? 1 : 3) : whole(values.runs, "--runs"),
    wrangler: !values["no-wrangler"],
    trace: values.trace,
    write: values.write,
    json: values.json,
    directory: values.directory,
  };
}

function whole(text: string, name: string): number {
  const value = Number(text.replaceAll("_", ""));
  if (Number.isInteger(value) && value > 0) return value;
  throw new Error(`${name} takes whole numbers above 0, and "${text}" is none`);
}
