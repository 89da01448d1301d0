import { parseArgs } from "node:util";
import { openDirectory } from "../directory.ts";
import { writePage } from "../report/page.ts";
import { tellMachine } from "../report/sections.ts";
import { watchLoad } from "../result.ts";
import { toolVersions } from "../versions.ts";
import { bundleWorker } from "../worker/bundle.ts";
import { type LargePushes, pushLarge } from "./push.ts";
import { largeMarkdown, summarizeLarge, tellLarge } from "./report.ts";

const USAGE = `Pushes one gigabyte from an app to another, once more with nothing changed, and with a thousandth of it changed, and says what each part of it held in memory.

  npm run bench:large [-- options]

  --rows N,N         posts of 2 KB; the last beside the first (default 50000,500000: 100 MB and 1 GB)
  --directory DIR    keep the data there, and take what is there; 1 GB needs 10 GB
  --write            put the tables into docs/performance.md
  --json             everything as one JSON line at the end`;

const { values } = parseArgs({
  options: {
    rows: { type: "string", default: "50000,500000" },
    directory: { type: "string" },
    write: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
    help: { type: "boolean", short: "h", default: false },
  },
});
if (values.help) console.log(USAGE);
else await bench(values.rows.split(",").map(Number));

async function bench(sizes: readonly number[]): Promise<void> {
  const directory = await openDirectory(values.directory);
  const load = watchLoad();
  try {
    const bundle = directory.path("worker.mjs");
    await bundleWorker(bundle);
    const pushes: LargePushes[] = [];
    for (const rows of sizes) {
      pushes.push(await pushLarge(directory, bundle, rows, (what) => console.error(`… ${what}`)));
    }
    const machine = tellMachine({ load: load(), versions: toolVersions() });
    console.log(`${machine}\n\n${tellLarge(pushes)}`);
    if (values.write) await writePage({ large: largeMarkdown(pushes, machine) });
    if (values.json) console.log(JSON.stringify({ ...summarizeLarge(pushes), pushes }));
  } finally {
    await directory.remove();
  }
}
