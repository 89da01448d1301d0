import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { COMMUNITY_ROWS } from "../data/community.ts";
import { openDirectory } from "../directory.ts";
import { count } from "../report/numbers.ts";
import { writePage } from "../report/page.ts";
import { tellMachine } from "../report/sections.ts";
import { watchLoad } from "../result.ts";
import { toolVersions } from "../versions.ts";
import { bundleWorker } from "../worker/bundle.ts";
import { makeStates } from "./apps.ts";
import type { Distance } from "./distant.ts";
import { figuresOf } from "./figures.ts";
import { makeJourney } from "./journey.ts";
import { type DistanceResult, distanceMarkdown, tellDistance } from "./report.ts";
import { type Journey, SETTINGS } from "./settings.ts";

const ENTRY = fileURLToPath(new URL("entry.ts", import.meta.url));

const USAGE = `Pushes the example's ${count(COMMUNITY_ROWS)} rows, and edits of them, between two apps that are as far away as in production.

  npm run bench:distance [-- options]

  --d1 MS            what a D1 call takes longer (default: 10)
  --r2 MS            what an R2 call takes longer (default: 30)
  --request MS       what a request takes longer (default: 60)
  --runs N           journeys of each setting: neither app far, the target, both (default: 3)
  --write            put the tables into docs/performance.md
  --json             everything as one JSON line at the end`;

const { values } = parseArgs({
  options: {
    d1: { type: "string", default: "10" },
    r2: { type: "string", default: "30" },
    request: { type: "string", default: "60" },
    runs: { type: "string", default: "3" },
    write: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
    help: { type: "boolean", short: "h", default: false },
  },
});
if (values.help) console.log(USAGE);
else {
  const distance = {
    d1: numberOf("d1"),
    r2: numberOf("r2"),
    request: numberOf("request"),
  };
  await bench(distance, Math.max(1, numberOf("runs")));
}

async function bench(distance: Distance, runs: number): Promise<void> {
  const directory = await openDirectory();
  const load = watchLoad();
  try {
    const bundle = directory.path("distant.mjs");
    await bundleWorker(bundle, ENTRY);
    const states = await makeStates(directory);
    const settings = Object.values(SETTINGS);
    const journeys: Journey[] = [];
    for (let run = 0; run < runs; run++) {
      // In turns, so that what else the machine does hits all of them.
      for (const setting of run % 2 === 0 ? settings : settings.toReversed()) {
        console.error(`… ${setting.name}, run ${run + 1} of ${runs}`);
        journeys.push(await makeJourney(directory, { bundle, states, setting, distance }));
      }
    }
    const result: DistanceResult = { distance, runs, steps: figuresOf(journeys, distance) };
    const machine = tellMachine({ load: load(), versions: toolVersions() });
    console.log(`${machine}\n\n${tellDistance(result)}`);
    if (values.write) await writePage({ distance: distanceMarkdown(result, machine) });
    if (values.json) console.log(JSON.stringify(result));
  } finally {
    load();
    await directory.remove();
  }
}

function numberOf(name: "d1" | "r2" | "request" | "runs"): number {
  const value = Number(values[name]);
  if (Number.isInteger(value) && value >= 0) return value;
  throw new Error(`--${name} takes a whole number from 0, and "${values[name]}" is none`);
}
