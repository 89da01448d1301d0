import { parseArgs } from "node:util";
import { benchWrangler, type WranglerResult } from "./beside-wrangler.ts";
import { openDirectory } from "./directory.ts";
import { benchFiles, clearFiles, type FilesResult } from "./on-files.ts";
import { summarize } from "./report/summary.ts";
import { tellResults } from "./report/table.ts";
import { benchWorkerd, type WorkerdResult } from "./through-workerd.ts";
import { bundleWorker } from "./worker/bundle.ts";

const USAGE = `Measures export, download, upload and sync at two sizes, beside SQLite and wrangler.

  npm run bench [-- options]

  --quick            scale 1 only
  --scale N          the large scale (default 20: half a million rows)
  --no-wrangler      leave wrangler out, which takes minutes
  --directory DIR    keep databases and archives there, and take what is there
  --json             print everything as one JSON line at the end`;

const { values: options } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    scale: { type: "string", default: "20" },
    "no-wrangler": { type: "boolean", default: false },
    directory: { type: "string" },
    json: { type: "boolean", default: false },
    help: { type: "boolean", short: "h", default: false },
  },
});
if (options.help) console.log(USAGE);
else await bench();

async function bench(): Promise<void> {
  const scales = options.quick ? [1] : [1, Number(options.scale)];
  const directory = await openDirectory(options.directory);
  const say = (what: string) => console.error(`… ${what}`);
  try {
    const bundle = directory.path("worker.mjs");
    await bundleWorker(bundle);
    const workerd: WorkerdResult[] = [];
    const files: FilesResult[] = [];
    for (const scale of scales) {
      say(`scale ${scale} through workerd`);
      workerd.push(await benchWorkerd(directory, bundle, scale));
      say(`scale ${scale} on SQLite files`);
      files.push(await benchFiles(directory, scale));
      await clearFiles(directory, scale);
    }
    let wrangler: WranglerResult | null = null;
    if (!options["no-wrangler"]) {
      say("wrangler");
      wrangler = await benchWrangler(directory);
    }
    const result = { workerd, files, wrangler };
    console.log(tellResults(result));
    if (options.json) console.log(JSON.stringify({ ...summarize(result), ...result }));
  } finally {
    await directory.remove();
  }
}
