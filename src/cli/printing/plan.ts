import { daysOfFreePlan, FREE_ROWS_WRITTEN_A_DAY } from "../../database/limits.ts";
import { bytes, count, duration, plural } from "../../numbers.ts";
import type { Plan, SampleRow } from "../../sync/run/index.ts";
import { type Block, facts, indented, type Line, type Tone, toned } from "./layout/block.ts";
import { padded, widthOf } from "./layout/width.ts";
import { leftIn, planTable } from "./plan-table.ts";
import { noteText, printable } from "./printable.ts";
import { changesText, keyText, rowText, SIGNS, WHY_LEFT } from "./rows.ts";

/** The database that a plan is for, as far as its plan depends on it, and where it is shown. */
export interface PlanTarget {
  name: string;
  kind: "app" | "sqlite";
  /** Of an undo: it takes back what was changed since as well, as far as it finds it. @default false */
  forced?: boolean | undefined;
}

/** What a run will do, for the person who decides: the target, rows per table, cost, transactions, time. */
export function planLines(plan: Plan, target: PlanTarget, notes: readonly string[] = []): Block[] {
  const rows = [...planTable(plan), ...sampleLines(plan)];
  return [
    toned(`Plan for ${printable(target.name)}`, "strong"),
    "",
    ...indented(
      [
        ...(rows.length === 0 ? [] : [...rows, ""]),
        facts(planFacts(plan, target, notes)),
        ...conflictLines(plan),
        ...sqlBlock("adds", plan.adds),
        ...sqlBlock("creates", plan.creates),
      ],
      2,
    ),
  ];
}

export function plannedDeletes(plan: Plan): number {
  return Object.values(plan.tables).reduce((sum, one) => sum + one.deleted, 0);
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
function sampleLines({ tables }: Plan): Block[] {
  return Object.entries(tables).flatMap(([name, one]): Block[] => {
    const { insert = [], update = [], delete: gone = [], left = [] } = one.samples ?? {};
    const groups: [SampleRow[], number][] = [
      [insert, one.inserted],
      [update, one.updated],
      [gone, one.deleted],
      [left, leftIn(one)],
    ];
    const rows = groups.flatMap(([samples]) => samples);
    if (rows.length === 0) return [];
    const width = Math.min(MOST_KEY, Math.max(...rows.map(({ key }) => widthOf(keyText(key)))));
    const lines = groups.flatMap(([samples, all]): Block[] => {
      const [first] = samples;
      if (first === undefined) return [];
      const more = `${SIGNS[first.is]} ${count(all - samples.length)} more`;
      return [
        ...samples.map((row) => ({ cut: sampleLine(row, width) })),
        ...(all > samples.length ? [toned(more, "faint")] : []),
      ];
    });
    return ["", toned(printable(name), "strong"), ...indented(lines, 2)];
  });
}

/** Characters of the longest key that others stand below. */
const MOST_KEY = 30;

const SIGN_TONES: Readonly<Record<SampleRow["is"], Tone>> = {
  insert: "good",
  update: "warning",
  delete: "bad",
  left: "warning",
};

function sampleLine(row: SampleRow, width: number): Line {
  const cells = row.is === "update" ? changesText(row.cells) : rowText(row.row, row.key);
  const text = row.is === "left" ? `${WHY_LEFT[row.why]}: ${cells}` : cells;
  const rest = ` ${padded(keyText(row.key), width, "left")}  ${text}`.trimEnd();
  return [toned(SIGNS[row.is], SIGN_TONES[row.is]), rest];
}

function planFacts(
  plan: Plan,
  { kind, forced = false }: PlanTarget,
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
  if (leftIn(plan) > 0) list.unshift(["left alone", leftFact(plan, forced)]);
  if (notes.length > 0) list.push(["note", notes.map(noteText)]);
  return list;
}

function leftFact(plan: Plan, forced: boolean): string {
  const force = !forced && (plan.left?.edited ?? 0) > 0 ? "; --force takes back the changed ones, too" : "";
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
  return plan.databaseBytes === null
    ? extra
    : `${extra}; with it, the database is ${bytes(plan.databaseBytes)}`;
}

function transactionsText({ transactions, reason }: Plan): string {
  const text = transactions === "one" ? "one for all tables" : "many, with a part of the rows each";
  return reason ? `${text} (${reason})` : text;
}

/** SQL from an archive may be anybody's: it is shown before it is run. */
function sqlBlock(title: string, made: readonly { sql: string }[] = []): string[] {
  if (made.length === 0) return [];
  return ["", title, ...made.flatMap(({ sql }) => sqlLines(sql).map((line) => `  ${line}`))];
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
