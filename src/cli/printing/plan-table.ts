import { count } from "../../numbers.ts";
import type { Plan, TablePlan } from "../../sync/run/index.ts";
import { figure, lossFigure } from "./figures.ts";
import type { Block, Column, Piece } from "./layout/block.ts";
import { printable } from "./printable.ts";
import { unchangedLine } from "./results.ts";

/** Rows and cells of each table in which something changes; the others in one line. */
export function planTable(plan: Plan): Block[] {
  const all = Object.entries(plan.tables);
  const moved = all.filter(([, one]) => !isUnchanged(one));
  const equal = all.filter(([, one]) => isUnchanged(one));
  return [
    ...(moved.length === 0 ? [] : [changesTable(moved)]),
    ...unchangedLine(equal.map(([, { unchanged }]) => unchanged)),
  ];
}

function isUnchanged(one: TablePlan): boolean {
  return one.inserted + one.updated + one.deleted + one.skipped + leftIn(one) === 0;
}

function changesTable(entries: readonly [string, TablePlan][]): Block {
  const tables = entries.map(([, one]) => one);
  const cells = tables.some((one) => one.cells !== undefined);
  const skips = tables.some(({ skipped }) => skipped > 0);
  const lefts = tables.some((one) => leftIn(one) > 0);
  const row = (name: string, one: TablePlan): Piece[] => [
    name,
    figure(one.inserted),
    figure(one.updated),
    ...(cells ? [one.cells === undefined && one.updated > 0 ? "" : figure(one.cells ?? 0)] : []),
    // "21 of 21" says what "21" does not: that the table loses every row it has.
    lossFigure(one.deleted, one.deleted === 0 ? "0" : `${count(one.deleted)} of ${count(one.live)}`),
    figure(one.unchanged),
    ...(skips ? [figure(one.skipped)] : []),
    ...(lefts ? [figure(leftIn(one))] : []),
  ];
  const right = (title: string, drop?: number): Column => ({
    ...{ title, align: "right" },
    ...(drop === undefined ? {} : { drop }),
  });
  const rows = entries.map(([name, one]) => row(printable(name), one));
  if (entries.length > 1) rows.push(row("total", addUp(tables)));
  return {
    columns: [
      { title: "table", long: "cut" },
      right("+ insert"),
      right("~ update"),
      ...(cells ? [right("cells", 1)] : []),
      right("− delete"),
      right("unchanged", 2),
      ...(skips ? [right("skip")] : []),
      ...(lefts ? [right("! leave")] : []),
    ],
    rows,
  };
}

function addUp(tables: readonly TablePlan[]): TablePlan {
  const sum = (of: (one: TablePlan) => number) => tables.reduce((total, one) => total + of(one), 0);
  return {
    attempted: sum((one) => one.attempted),
    inserted: sum((one) => one.inserted),
    updated: sum((one) => one.updated),
    cells: sum((one) => one.cells ?? 0),
    unchanged: sum((one) => one.unchanged),
    deleted: sum((one) => one.deleted),
    skipped: sum((one) => one.skipped),
    live: sum((one) => one.live),
    left: { edited: sum((one) => one.left?.edited ?? 0), held: sum((one) => one.left?.held ?? 0) },
  };
}

/** Rows that an undo leaves alone. */
export function leftIn({ left }: Pick<Plan, "left">): number {
  return (left?.edited ?? 0) + (left?.held ?? 0);
}
