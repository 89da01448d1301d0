import type { HistoryAnswer } from "../../client/answers.ts";
import { count, localMoment, plural } from "../../numbers.ts";
import type { LiveVersion, TableResult } from "../../sync/run/index.ts";
import { lossFigure } from "./figures.ts";
import { type Block, type Column, type Piece, type Table, toned } from "./layout/block.ts";
import { printable } from "./printable.ts";
import { addUpResults, changesLine, skippedRows } from "./results.ts";

export type ShownRun = NonNullable<HistoryAnswer["runs"]>[number];

/** What is live: in one line where all tables are at one version, else a line a table. */
export function liveLines(live: readonly LiveVersion[]): Block[] {
  const [first] = live;
  if (first === undefined) return ["live: nothing has been synced yet"];
  if (live.every(({ version }) => version === first.version)) {
    const since = live.reduce((latest, one) => (isLater(one, latest) ? one : latest), first);
    return [
      `live: version ${first.version} of ${plural(live.length, "table")}, since ${when(since.appliedAt)}`,
    ];
  }
  const rows = live.map((one) => [printable(one.table), String(one.version), when(one.appliedAt)]);
  const columns: Column[] = [
    { title: "live", long: "cut" },
    { title: "version", align: "right" },
    { title: "since" },
  ];
  return [{ columns, rows }];
}

/** An app may keep its own texts as times; they are compared as they are. */
function isLater(one: LiveVersion, other: LiveVersion): boolean {
  return typeof one.appliedAt === typeof other.appliedAt && one.appliedAt > other.appliedAt;
}

function when(time: number | string): string {
  return typeof time === "number" ? localMoment(time) : printable(time);
}

/** A line a run; with `tables`, below it one for each of its tables. */
export function runTable(runs: readonly ShownRun[], { tables }: { tables: boolean }): Table {
  return {
    columns: [
      { title: "when", long: "cut" },
      { title: "who", drop: 4, long: "cut" },
      { title: "from", drop: 5, long: "cut" },
      { title: "mode", drop: 3 },
      { title: "version", align: "right", drop: 2 },
      { title: "rows", align: "right" },
      { title: "", align: "right" },
      { title: "", align: "right" },
      { title: "state", long: "wrap" },
      { title: "key", drop: 1 },
    ],
    rows: runs.flatMap((run) => [cellsOf(run), ...(tables ? tableRows(run.results ?? {}) : [])]),
  };
}

function cellsOf(run: ShownRun): Piece[] {
  const { startedAt, owner, source, mode, version, results, key } = run;
  return [
    localMoment(startedAt),
    owner ?? "-",
    run.undoes === null ? fromOf(source) : "-",
    mode,
    version === null ? "" : String(version),
    ...(results === null ? ["", "", ""] : changes(addUpResults(Object.values(results)))),
    stateOf(run),
    key,
  ].map((cell) => (typeof cell === "string" ? printable(cell) : cell));
}

/** A run in one line: when, what it changed, how it ended. */
export function runSummary(run: ShownRun): string {
  const { startedAt, owner, results, key } = run;
  const rows = results === null ? [] : [changesLine(results)];
  const who = owner === null ? "" : ` by ${owner}`;
  return printable([`${localMoment(startedAt)}${who}`, ...rows, stateOf(run), key].join(", "));
}

function fromOf(source: ShownRun["source"]): string {
  if (source === null) return "-";
  return source.name === undefined ? source.engine : `${source.name} (${source.engine})`;
}

function changes({ inserted, updated, deleted }: TableResult): Piece[] {
  const signed = (sign: string, n: number): Piece =>
    n === 0 ? toned(`${sign} 0`, "faint") : `${sign} ${count(n)}`;
  return [signed("+", inserted), signed("~", updated), lossFigure(deleted, `− ${count(deleted)}`)];
}

/** "completed, 3 skipped", "refused: UNIQUE_CONFLICT", "under way: staging". */
function stateOf(run: ShownRun): string {
  const { partly, results, undoes, undoneBy, left } = run;
  const skipped = skippedRows(results);
  return [
    endOf(run),
    ...(partly ? ["partly applied"] : []),
    ...(skipped > 0 ? [`${count(skipped)} skipped`] : []),
    ...(undoes === null ? [] : [`undoes ${undoes}`]),
    ...(undoneBy === null ? [] : [`undone by ${undoneBy}`]),
    ...(left === undefined ? [] : [`but for ${plural(left.edited + left.held, "row")}`]),
  ].join(", ");
}

function endOf({ phase, dropped, code, unchanged }: ShownRun): string {
  if (phase === "completed") return unchanged ? "nothing to do" : phase;
  if (phase === "refused" || phase === "failed") return code === null ? phase : `${phase}: ${code}`;
  return dropped ? "dropped" : `under way: ${phase}`;
}

function tableRows(results: Readonly<Record<string, TableResult>>): Piece[][] {
  return Object.entries(results).map(([name, one]) => [
    `  ${printable(name)}`,
    ...["", "", "", ""],
    ...changes(one),
    one.skipped > 0 ? `${count(one.skipped)} skipped` : "",
    "",
  ]);
}
