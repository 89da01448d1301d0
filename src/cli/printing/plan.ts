import { daysOfFreePlan, FREE_ROWS_WRITTEN_A_DAY } from "../../database/limits.ts";
import type { Plan, SampleRow, TablePlan } from "../../sync/run/index.ts";
import { bytes, count, duration, plural } from "./numbers.ts";
import { changesText, cutLine, keyText, rowText, SIGNS, WHY_LEFT } from "./rows.ts";
import { facts, noteText, printable, table } from "./table.ts";

/** The database that a plan is for, as far as its plan depends on it, and where it is shown. */
export interface PlanTarget {
  name: string;
  kind: "app" | "sqlite";
  /** Characters in a line of the terminal. @default 120 */
  width?: number | undefined;
}

/** What a run will do, for the person who decides: the target, rows per table, cost, transactions, time. */
export function planLines(plan: Plan, target: PlanTarget, notes: readonly string[] = []): string[] {
  return [
    `Plan for ${printable(target.name)}`,
    "",
    ...tableLines(plan).map((line) => `  ${line}`),
    ...sampleLines(plan).map((line) => cutLine(`  ${line}`.trimEnd(), target.width ?? DEFAULT_WIDTH)),
    "",
    ...facts(planFacts(plan, target.kind, notes)).map((line) => `  ${line}`),
    ...conflictLines(plan).map((line) => `  ${line}`),
    ...createLines(plan).map((line) => `  ${line}`),
  ];
}

const DEFAULT_WIDTH = 120;

export function plannedDeletes(plan: Plan): number {
  return Object.values(plan.tables).reduce((sum, one) => sum + one.deleted, 0);
}

function tableLines(plan: Plan): string[] {
  const entries = Object.entries(plan.tables);
  const skips = entries.some(([, one]) => one.skipped > 0);
  const lefts = entries.some(([, one]) => leftIn(one) > 0);
  const cells = entries.some(([, one]) => one.cells !== undefined);
  const total = { inserted: 0, updated: 0, cells: 0, unchanged: 0, deleted: 0, skipped: 0, live: 0 };
  for (const [, one] of entries) {
    for (const name of Object.keys(total) as (keyof typeof total)[]) total[name] += one[name] ?? 0;
  }
  const row = (name: string, one: TablePlan) => [
    name,
    count(one.inserted),
    count(one.updated),
    ...(cells ? [one.cells === undefined && one.updated > 0 ? "" : count(one.cells ?? 0)] : []),
    deletes(one.deleted, one.live),
    count(one.unchanged),
    ...(skips ? [count(one.skipped)] : []),
    ...(lefts ? [count(leftIn(one))] : []),
  ];
  const rows = entries.map(([name, one]) => row(printable(name), one));
  const left = plan.left === undefined ? {} : { left: plan.left };
  if (entries.length > 1) rows.push(row("total", { attempted: 0, ...total, ...left }));
  const titles = ["+ insert", "~ update", ...(cells ? ["cells"] : []), "− delete", "unchanged"];
  return table(
    [
      { title: "table" },
      ...[...titles, ...(skips ? ["skip"] : []), ...(lefts ? ["! leave"] : [])].map((title) => ({
        title,
        align: "right" as const,
      })),
    ],
    rows,
  );
}

/** Rows that an undo leaves alone. */
export function leftIn({ left }: Pick<Plan, "left">): number {
  return (left?.edited ?? 0) + (left?.held ?? 0);
}

/** Why an undo leaves rows alone, in words: "1 changed since the run, 2 held by a constraint". */
export function leftText({ left }: Pick<Plan, "left">): string {
  const { edited = 0, held = 0 } = left ?? {};
  return [
    ...(edited > 0 ? [`${count(edited)} changed since the run`] : []),
    ...(held > 0 ? [`${count(held)} held by a constraint`] : []),
  ].join(", ");
}

/** The first rows of each table, below its name, and how many more there are. */
function sampleLines({ tables }: Plan): string[] {
  return Object.entries(tables).flatMap(([name, one]) => {
    const { insert = [], update = [], delete: gone = [], left = [] } = one.samples ?? {};
    const groups: [SampleRow[], number][] = [
      [insert, one.inserted],
      [update, one.updated],
      [gone, one.deleted],
      [left, leftIn(one)],
    ];
    const rows = groups.flatMap(([samples]) => samples);
    if (rows.length === 0) return [];
    const width = Math.min(MOST_KEY, Math.max(...rows.map(({ key }) => keyText(key).length)));
    const lines = groups.flatMap(([samples, all]) => {
      const [first] = samples;
      if (first === undefined) return [];
      const more = all > samples.length ? [`  ${SIGNS[first.is]} ${count(all - samples.length)} more`] : [];
      return [...samples.map((row) => `  ${sampleLine(row, width)}`), ...more];
    });
    return ["", printable(name), ...lines];
  });
}

/** Characters of the longest key that others stand below. */
const MOST_KEY = 30;

function sampleLine(row: SampleRow, width: number): string {
  const cells = row.is === "update" ? changesText(row.cells) : rowText(row.row, row.key);
  const text = row.is === "left" ? `${WHY_LEFT[row.why]}: ${cells}` : cells;
  return `${SIGNS[row.is]} ${keyText(row.key).padEnd(width)}  ${text}`.trimEnd();
}

/** "21 of 21" says what "21" does not: that the table loses every row it has. */
function deletes(deleted: number, live: number): string {
  return deleted === 0 ? "0" : `${count(deleted)} of ${count(live)}`;
}

function planFacts(
  plan: Plan,
  kind: PlanTarget["kind"],
  notes: readonly string[],
): [string, string | string[]][] {
  const list: [string, string | string[]][] = [
    ["rows written", rowsWritten(plan, kind)],
    ["space", space(plan)],
    ["transactions", transactionsText(plan)],
    ["time", `about ${duration(Math.max(1, Math.round(plan.expectedSeconds)) * 1000)}`],
  ];
  if (plan.unchanged) list.unshift(["version", "none: there is nothing to do"]);
  if (plan.nextVersion !== undefined) list.unshift(["version", `next: ${count(plan.nextVersion)}`]);
  if (leftIn(plan) > 0) list.unshift(["left alone", leftFact(plan)]);
  if (notes.length > 0) list.push(["note", notes.map(noteText)]);
  return list;
}

function leftFact(plan: Plan): string {
  const force = (plan.left?.edited ?? 0) > 0 ? "; --force takes back the changed ones, too" : "";
  return `${plural(leftIn(plan), "row")}: ${leftText(plan)}${force}`;
}

function rowsWritten(plan: Plan, kind: PlanTarget["kind"]): string {
  const written = `${count(plan.rowsWritten)}, indexes counted`;
  const days = daysOfFreePlan(plan.rowsWritten);
  return kind === "app" && days > 1
    ? `${written}: ${days} days of D1's free plan (${count(FREE_ROWS_WRITTEN_A_DAY)} a day)`
    : written;
}

function space(plan: Plan): string {
  const extra = `${bytes(plan.stagedBytes)} until it is done`;
  return plan.databaseBytes === null ? extra : `${extra}; the database will be ${bytes(plan.databaseBytes)}`;
}

function transactionsText({ transactions, reason }: Plan): string {
  const text = transactions === "one" ? "one for all tables" : "many, with a part of the rows each";
  return reason ? `${text} (${reason})` : text;
}

/** SQL from an archive may be anybody's: it is shown before it is run. */
function createLines({ creates = [] }: Plan): string[] {
  if (creates.length === 0) return [];
  return ["", "creates", ...creates.flatMap(({ sql }) => sqlLines(sql).map((line) => `  ${line}`))];
}

/** In the lines in which it was written, each indented: none of them passes for a line of the plan. */
function sqlLines(sql: string): string[] {
  const lines = sql.replaceAll("\t", "  ").split(/\r\n|\r|\n/);
  return lines.map((line, i) => (i === 0 ? printable(line) : `  ${printable(line)}`));
}

function conflictLines(plan: Plan): string[] {
  if (plan.conflictCount === 0) return [];
  const more = plan.conflictCount - plan.conflicts.length;
  return [
    "",
    `${plural(plan.conflictCount, "row has", "rows have")} a unique value that another row already has:`,
    ...plan.conflicts.map((one) =>
      printable(`${one.table} ${one.key}: ${one.index} is taken by row ${one.takenBy}`),
    ),
    ...(more > 0 ? [`and ${count(more)} more`] : []),
  ];
}
