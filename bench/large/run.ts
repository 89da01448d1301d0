import { parseArgs } from "node:util";
import { openDirectory } from "../directory.ts";
import { bundleWorker } from "../worker/bundle.ts";
import { pushLarge } from "./push.ts";
import { summarizeLarge, tellLarge } from "./report.ts";

const USAGE = `Pushes one gigabyte from an app to another, and says what each part of it held in memory.

  npm run bench:large [-- options]

  --rows N,N         posts of 2 KB; the last beside the first (default 50000,500000: 100 MB and 1 GB)
  --directory DIR    work there (default: the system's directory for temporary files; 1 GB needs 8 GB)
  --json             everything as one JSON line at the end`;

const { values } = parseArgs({
  options: {
    rows: { type: "string", default: "50000,500000" },
    directory: { type: "string" },
    json: { type: "boolean", default: false },
    help: { type: "boolean", short: "h", default: false },
  },
});
if (values.help) console.log(USAGE);
else await bench(values.rows.split(",").map(Number), values.directory, values.json);

async function bench(sizes: readonly number[], named: string | undefined, json: boolean): Promise<void> {
  const directory = await openDirectory(named);
  try {
    const bundle = directory.path("worker.mjs");
    await bundleWorker(bundle);
    const pushes = [];
    for (const rows of sizes) {
      pushes.push(await pushLarge(directory, bundle, rows, (what) => console.error(`… ${what}`)));
    }
    console.log(tellLarge(pushes));
    if (json) console.log(JSON.stringify({ ...summarizeLarge(pushes), pushes }));
  } finally {
    await directory.remove();
  }
}
