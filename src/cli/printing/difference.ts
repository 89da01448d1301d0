import type { ComparedPlaces, TableDifference, WholeDifference } from "../../diff/index.ts";
import { bytes, plural } from "../../numbers.ts";
import { isEqual } from "./difference-summary.ts";
import { figure, lossFigure } from "./figures.ts";
import type { Block, Table } from "./layout/block.ts";
import { noteText, printable } from "./printable.ts";

/** How many per cent, with as many digits as it takes to tell it from 0 and from 100. */
export function percent(part: number, whole: number): string {
  if (whole === 0 || part === whole) return whole === 0 ? "" : "100 %";
  if (part === 0) return "0 %";
  const share = (part / whole) * 100;
  for (const digits of [0, 1, 2, 3]) {
    const text = share.toFixed(digits);
    if (Number(text) > 0 && Number(text) < 100) return `${text} %`;
  }
  return share < 50 ? "<0.001 %" : ">99.999 %";
}

/** What a comparison found, for a person: the schemas first. */
export function differenceTable(found: ComparedPlaces): Block[] {
  const { schema, tables, whole, notCompared, notes } = found;
  const differing = tables.filter((one) => !isEqual(one));
  const named = (title: string, lines: readonly [table: string, text: string][]): Block[] =>
    lines.length === 0
      ? []
      : [title, ...lines.map(([table, text]) => `  ${printable(table)}: ${printable(text)}`)];
  const sections: Block[][] = [
    named(
      "The schemas differ:",
      schema.map(({ table, difference }) => [table, difference]),
    ),
    differing.length === 0 ? [] : [countsTable(differing)],
    named(
      "Differ as a whole:",
      whole.filter(({ equal }) => !equal).map((one) => [one.table, rowsOfBoth(one)]),
    ),
    equalTables(found),
    named(
      "Not compared:",
      notCompared.map(({ table, why }) => [table, why]),
    ),
    notes.map(noteText),
  ];
  return sections
    .filter((section) => section.length > 0)
    .flatMap((section, i) => (i === 0 ? section : ["", ...section]));
}

/** What --limit has left out. */
export function unprintedRows(tables: readonly { table: string; rows: number }[]): Block[] {
  if (tables.length === 0) return [];
  return [
    ...tables.map(
      ({ table, rows }) =>
        `${printable(table)}: ${plural(rows, "more row")} ${rows === 1 ? "differs" : "differ"} (--limit)`,
    ),
    "",
  ];
}

const rowsOfBoth = ({ left, right }: WholeDifference): string =>
  `${plural(left, "row")} in the first, ${plural(right, "row")} in the second`;

/** Beside others that differ. */
function equalTables({ tables, whole }: ComparedPlaces): Block[] {
  const equal = [
    ...tables.filter((one) => isEqual(one) && one.others === undefined),
    ...whole.filter((one) => one.equal),
  ];
  const differs = tables.some((one) => !isEqual(one)) || whole.some((one) => !one.equal);
  if (equal.length === 0 || !differs) return [];
  const rows = equal.reduce((sum, { left }) => sum + left, 0);
  return [
    `${plural(equal.length, "table")} with ${plural(rows, "row")} ${equal.length === 1 ? "is" : "are"} equal`,
  ];
}

function countsTable(tables: readonly TableDifference[]): Table {
  const right = "right" as const;
  return {
    columns: [
      { title: "table", long: "cut" },
      { title: "+ added", align: right },
      { title: "~ changed", align: right },
      { title: "− deleted", align: right },
      { title: "unchanged", align: right, drop: 2 },
      { title: "share", align: right, drop: 3 },
      { title: "cells", align: right, drop: 1 },
    ],
    rows: tables.map((one) => [
      printable(one.table),
      figure(one.added),
      figure(one.changed),
      lossFigure(one.deleted),
      one.unchanged === null ? "" : figure(one.unchanged),
      one.unchanged === null ? "" : percent(one.unchanged, one.left + one.added),
      figure(one.cells),
    ]),
  };
}

/** What is sent of what differs. */
export function changesSummary(
  {
    rows,
    whole,
    added,
    found,
  }: {
    rows: ReadonlyMap<string, readonly unknown[]>;
    whole: ReadonlyMap<string, { rows: number }>;
    added: { columns: readonly unknown[] };
    found: ComparedPlaces;
  },
  { to, bytes: size }: { to: string; bytes: number },
): string {
  const all = found.tables.reduce((sum, { left }) => sum + left, 0);
  const sent = [...rows.values()].reduce((sum, own) => sum + own.length, 0);
  const parts = rows.size === 0 ? [] : [`${plural(sent, "row")} of ${plural(rows.size, "table")}`];
  if (added.columns.length > 0) parts.push(plural(added.columns.length, "column"));
  for (const [name, own] of whole)
    parts.push(`all ${plural(own.rows, "row")} of ${printable(name)}, which has no key`);
  return `Compared ${plural(all, "row")} with ${printable(to)}; what differs is sent: ${parts.join(", ")}, ${bytes(size)}`;
}

/** Why nothing is sent. */
export function nothingToDo(found: ComparedPlaces, to: string, edited: number): string {
  if (edited > 0) return `Nothing to do: nothing that was edited here is left to send to ${printable(to)}`;
  const sum = (of: (one: TableDifference) => number) =>
    found.tables.reduce((total, one) => total + of(one), 0);
  const others = sum(({ added }) => added);
  const left =
    others === 0 ? "" : `; ${plural(others, "row")} that only it has ${others === 1 ? "stays" : "stay"}`;
  const kept = sum(({ changed }) => changed);
  const has = kept === 0 ? "has" : "has rows for the keys of";
  const rows = sum(({ left: own }) => own);
  const all = rows === 1 ? "the 1 row" : `all ${plural(rows, "row")}`;
  return `Nothing to do: ${printable(to)} ${has} ${all} already${left}`;
}
