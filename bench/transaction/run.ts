import { parseArgs } from "node:util";
import { openDirectory } from "../directory.ts";
import { type Grid, gridMarkdown, gridText } from "../report/grid.ts";
import { count, figure, megabytes } from "../report/numbers.ts";
import { writePage } from "../report/page.ts";
import { LOADS, type Load } from "./loads.ts";
import { measureTransaction, type TransactionFigures } from "./measure.ts";

const USAGE = `Times the one transaction of a sync at several sizes: what the ceilings of src/sync/plan/choose-transactions.ts rest on.

  npm run bench:transaction [-- options]

  --write            put the table into docs/performance.md
  --json             everything as one JSON line at the end`;

const { values } = parseArgs({
  options: {
    write: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
    help: { type: "boolean", short: "h", default: false },
  },
});
if (values.help) console.log(USAGE);
else await bench();

async function bench(): Promise<void> {
  const directory = await openDirectory(undefined);
  const measured: (Load & TransactionFigures)[] = [];
  try {
    for (const [i, load] of LOADS.entries()) {
      console.error(`… ${describe(load)}`);
      measured.push({ ...load, ...(await measureTransaction(directory.path(`target-${i}.sqlite`), load)) });
    }
  } finally {
    await directory.remove();
  }
  console.log(gridText(gridOf(measured)));
  if (values.write) await writePage({ transaction: gridMarkdown(gridOf(measured)) });
  if (values.json) console.log(JSON.stringify({ transactions: measured }));
}

function describe({ rows, bodyBytes, indexes, updates }: Load): string {
  const indexed = indexes === 1 ? "1 index" : `${indexes} indexes`;
  return `${count(rows)} rows of ${count(bodyBytes)} bytes, ${indexed}${updates ? ", all updated" : ""}`;
}

function gridOf(measured: readonly (Load & TransactionFigures)[]): Grid {
  return {
    names: ["", "MB staged", "entries written", "seconds", "CPU s", "µs an entry"],
    rows: measured.map((one) => [
      describe(one),
      megabytes(one.stagedBytes),
      count(one.rowsWritten),
      figure(one.seconds),
      figure(one.cpuSeconds),
      figure((one.cpuSeconds / one.rowsWritten) * 1e6),
    ]),
  };
}
