import { Command } from "../../parts/command.tsx";
import { MoreRows, Rows, type ShownRow } from "../../parts/rows.tsx";
import { Foreign } from "../../parts/text.tsx";
import { addressOf, appAddress, type Visit } from "../../visit.ts";
import type { Plan } from "./opened.ts";

/** What is lost first, and of each kind as many as there is room for. */
function someOfEach(rows: readonly ShownRow[]): ShownRow[] {
  const kinds = ["delete", "update", "insert", "left"] as const;
  const each = kinds.map((kind) => rows.filter(({ is }) => is === kind)).filter((some) => some.length > 0);
  return each.flatMap((some) => some.slice(0, Math.floor(SAMPLES / each.length)));
}

/** Rows shown of a table before it is asked for alone. */
const SAMPLES = 8;

interface SamplesProps {
  plan: Plan;
  rows: readonly ShownRow[];
  visit: Visit;
  syncKey: string;
}

export function Samples({ plan, rows, visit, syncKey }: SamplesProps) {
  const chosen = visit.url.searchParams.get("table");
  const byTable = Map.groupBy(rows, ({ table }) => table);
  return [...byTable].map(([table, theirs]) => {
    const told = chosen === null ? someOfEach(theirs) : theirs;
    const one = plan.tables[table];
    const all = one === undefined ? told.length : one.inserted + one.updated + one.deleted;
    return (
      <section class="card">
        <h2>
          <Foreign text={table} />
        </h2>
        <Rows rows={told} />
        <MoreRows
          all={all}
          told={told.length}
          address={chosen === null ? addressOf({ run: syncKey, table }) : null}
        />
        {chosen !== null && <Command words={["plan", syncKey, "--url", appAddress(visit), "--rows"]} />}
      </section>
    );
  });
}
