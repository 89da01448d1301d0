import type { ComparedPlaces, TableDifference } from "../../diff/index.ts";
import { bytes, plural } from "../../numbers.ts";
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

export const isEqual = ({ added, deleted, changed }: TableDifference): boolean =>
  added + deleted + changed === 0;

/** What a comparison found, for a person: the schemas first. */
export function differenceTable({ schema, tables, notCompared, notes }: ComparedPlaces): Block[] {
  const lines: Block[] = [];
  if (schema.length > 0) {
    lines.push("The schemas differ:");
    for (const { table: name, difference } of schema)
      lines.push(`  ${printable(name)}: ${printable(difference)}`);
    lines.push("");
  }
  const differing = tables.filter((one) => !isEqual(one));
  if (differing.length > 0) lines.push(countsTable(differing));
  const equal = tables.filter((one) => isEqual(one) && one.others === undefined);
  const rows = equal.reduce((sum, { left }) => sum + left, 0);
  if (equal.length > 0 && differing.length > 0)
    lines.push(
      "",
      `${plural(equal.length, "table")} with ${plural(rows, "row")} ${equal.length === 1 ? "is" : "are"} equal`,
    );
  if (notCompared.length > 0) {
    lines.push("", "Not compared:");
    for (const { table: name, why } of notCompared) lines.push(`  ${printable(name)}: ${printable(why)}`);
  }
  if (notes.length > 0) lines.push("", ...notes.map(noteText));
  return lines;
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

/** One line: whether the places are equal, and how far not. */
export function differenceSummary(
  { schema, tables, notCompared }: ComparedPlaces,
  { left, right }: { left: string; right: string },
): string {
  const names = `${printable(left)} and ${printable(right)}`;
  const sum = (of: (one: TableDifference) => number) => tables.reduce((total, one) => total + of(one), 0);
  const differing = sum(({ added, deleted, changed }) => added + deleted + changed);
  const rows = plural(
    sum(({ left: own }) => own),
    "row",
  );
  const others = sum((one) => one.others ?? 0);
  const told = tables.some(({ unchanged }) => unchanged === null);
  const beside = notCompared.length === 0 ? "" : `; ${plural(notCompared.length, "table")} not compared`;
  if (told && others > 0) {
    const met = differing === 0 ? "no row" : plural(differing, "row");
    return `${names} differ in ${met} that the conditions ask for, and in ${plural(others, "other")}${beside}`;
  }
  if (differing > 0) return `${names} differ in ${plural(differing, "row")}${beside}`;
  if (schema.length > 0)
    return `The schemas of ${names} differ; the ${rows} that both can hold are equal${beside}`;
  return `${names} are equal: ${rows} in ${plural(tables.length, "table")}${beside}`;
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
