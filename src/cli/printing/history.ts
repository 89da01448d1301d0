import type { HistoryAnswer } from "../../client/answers.ts";
import type { LiveVersion, TableResult } from "../../sync/run/index.ts";
import { count, localMoment, plural } from "./numbers.ts";
import { printable, table } from "./table.ts";

export type ShownRun = NonNullable<HistoryAnswer["runs"]>[number];

/** What is live: in one line where all tables are at one version, else a line a table. */
export function liveLines(live: readonly LiveVersion[]): string[] {
  const [first] = live;
  if (first === undefined) return ["live: nothing has been synced yet"];
  if (live.every(({ version }) => version === first.version)) {
    const since = live.reduce((latest, one) => (isLater(one, latest) ? one : latest), first);
    return [
      `live: version ${first.version} of ${plural(live.length, "table")}, since ${when(since.appliedAt)}`,
    ];
  }
  const rows = live.map((one) => [printable(one.table), String(one.version), when(one.appliedAt)]);
  return table([{ title: "live" }, { title: "version", align: "right" }, { title: "since" }], rows);
}

/** An app may keep its own texts as times; they are compared as they are. */
function isLater(one: LiveVersion, other: LiveVersion): boolean {
  return typeof one.appliedAt === typeof other.appliedAt && one.appliedAt > other.appliedAt;
}

function when(time: number | string): string {
  return typeof time === "number" ? localMoment(time) : printable(time);
}

/** A line a run; with `tables`, below it one for each of its tables. */
export function runLines(runs: readonly ShownRun[], { tables }: { tables: boolean }): string[] {
  const [titles = "", ...lines] = table(
    [
      { title: "when" },
      { title: "who" },
      { title: "from" },
      { title: "mode" },
      { title: "version", align: "right" },
      { title: "rows", align: "right" },
      { title: "", align: "right" },
      { title: "", align: "right" },
      { title: "state" },
      { title: "key" },
    ],
    runs.map(cellsOf),
  );
  return [
    titles,
    ...runs.flatMap((run, i) => [lines[i] ?? "", ...(tables ? tableLines(run.results ?? {}) : [])]),
  ];
}

function cellsOf(run: ShownRun): string[] {
  const { startedAt, owner, source, mode, version, results, key } = run;
  return [
    localMoment(startedAt),
    owner ?? "-",
    run.undoes === null ? fromOf(source) : "-",
    mode,
    version === null ? "" : String(version),
    ...(results === null ? ["", "", ""] : changes(addUp(Object.values(results)))),
    stateOf(run),
    key,
  ].map(printable);
}

function fromOf(source: ShownRun["source"]): string {
  if (source === null) return "-";
  return source.name === undefined ? source.engine : `${source.name} (${source.engine})`;
}

type Changes = Pick<TableResult, "inserted" | "updated" | "deleted" | "skipped">;

function addUp(results: readonly Changes[]): Changes {
  const total = { inserted: 0, updated: 0, deleted: 0, skipped: 0 };
  for (const one of results) {
    for (const what of Object.keys(total) as (keyof Changes)[]) total[what] += one[what];
  }
  return total;
}

function changes({ inserted, updated, deleted }: Changes): string[] {
  return [`+ ${count(inserted)}`, `~ ${count(updated)}`, `\u2212 ${count(deleted)}`];
}

/** "completed, 3 skipped", "refused: UNIQUE_CONFLICT", "under way: staging". */
function stateOf(run: ShownRun): string {
  const { partly, results, undoes, undoneBy } = run;
  const skipped = addUp(Object.values(results ?? {})).skipped;
  return [
    endOf(run),
    ...(partly ? ["partly applied"] : []),
    ...(skipped > 0 ? [`${count(skipped)} skipped`] : []),
    ...(undoes === null ? [] : [`undoes ${undoes}`]),
    ...(undoneBy === null ? [] : [`undone by ${undoneBy}`]),
  ].join(", ");
}

function endOf({ phase, dropped, code, unchanged }: ShownRun): string {
  if (phase === "completed") return unchanged ? "nothing to do" : phase;
  if (phase === "refused" || phase === "failed") return code === null ? phase : `${phase}: ${code}`;
  return dropped ? "dropped" : `under way: ${phase}`;
}

function tableLines(results: Readonly<Record<string, TableResult>>): string[] {
  const rows = Object.entries(results).map(([name, one]) => [
    printable(name),
    ...changes(one),
    one.skipped > 0 ? `${count(one.skipped)} skipped` : "",
  ]);
  const columns = ["left", "right", "right", "right", "left"] as const;
  const [, ...lines] = table(
    columns.map((align) => ({ title: "", align })),
    rows,
  );
  return lines.map((line) => `  ${line}`);
}
