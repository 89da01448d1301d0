import type { Capabilities } from "../../database/port.ts";
import { plural } from "../../numbers.ts";
import { refused } from "../../refusals.ts";
import type { TablePlan } from "../run/index.ts";
import type { ListedRows, StagedTable } from "../stage/index.ts";
import { isCleared } from "./cleared-tables.ts";
import type { ConflictRules, ConflictSite } from "./conflicts.ts";
import { inOrder, tableGroups } from "./table-groups.ts";

/*
 * Units: what many transactions write one after the other. Most are a table, which is cut into slices. Tables that refer
 * to each other in a circle, and a table whose rows take unique values of each other, are written in one transaction:
 * parted, it would have to commit values that nobody has asked for.
 */

export interface Unit {
  /** The lists of its tables, in the order in which they are written or deleted. */
  tables: StagedTable[];
  /** All of it goes into one transaction. */
  isWhole: boolean;
}

/** What a run writes, and how its tables hang together. */
export interface RowsInParts {
  listed: Pick<ListedRows, "writes" | "deletes">;
  rules: Pick<ConflictRules, "mode">;
  plan: Readonly<Record<string, TablePlan>>;
  /** The tables, parents first. */
  order: readonly string[];
  /** Tables that the run makes. */
  missing: readonly string[];
  /** Where rows take unique values of rows that stay. */
  sites: readonly ConflictSite[];
}

/** Of the rows to write, parents first. */
export function unitsToWrite(rows: RowsInParts): Unit[] {
  return groupsOf(rows.listed.writes.tables, rows).map((tables) => ({
    tables,
    isWhole: tables.length > 1 || tables.some(({ table }) => exchanges(rows, table.name)),
  }));
}

/** Of the rows that a mirror deletes, children first. What is replaced has gone before the rows that take its place. */
export function unitsToDelete(rows: RowsInParts): Unit[] {
  const { listed, rules, plan } = rows;
  if (rules.mode !== "mirror") return [];
  const lists = listed.deletes.filter((list) => !isCleared(list, plan[list.table.name]));
  return groupsOf(lists, rows)
    .toReversed()
    .map((tables) => ({ tables: tables.toReversed(), isWhole: tables.length > 1 }));
}

function groupsOf(
  lists: readonly StagedTable[],
  { order, missing }: Pick<RowsInParts, "order" | "missing">,
): StagedTable[][] {
  const sorted = inOrder(lists, order);
  const tables = sorted.map(({ table }) => table);
  return tableGroups(tables, { missing }).map((names) =>
    sorted.filter(({ table }) => names.includes(table.name)),
  );
}

/** True where rows of a table take unique values of each other, and so have to be written together. */
export function exchanges(
  { sites, listed, rules }: Pick<RowsInParts, "sites" | "listed" | "rules">,
  table: string,
): boolean {
  if (rules.mode !== "mirror" && listed.deletes.some((list) => list.table.name === table)) return true;
  return sites.some(({ staged }) => staged.table.name === table);
}

/** Refuses what has to be written in one transaction and is too much for it: `UNSUPPORTED`. */
export function refuseLargeUnits(rows: RowsInParts, capabilities: Capabilities): void {
  for (const { tables, isWhole } of [...unitsToWrite(rows), ...unitsToDelete(rows)]) {
    if (!isWhole || fits(tables, capabilities)) continue;
    const [first] = tables;
    const names = tables.map(({ table }) => table.name);
    const count = tables.reduce((sum, list) => sum + list.rows + list.goneKeys, 0);
    const many = `${plural(count, "row")} are too many for one. No table was changed.`;
    if (tables.length > 1 || first === undefined)
      throw refused(
        "foreign-keys-in-a-cycle",
        `${names.map((name) => `"${name}"`).join(", ")} refer to each other in a circle, so that their rows have to be written in one transaction, and ${many}`,
        { details: { tables: names, rows: count } },
      );
    throw refused(
      "exchange-too-large",
      `Rows of "${names[0]}" take unique values of each other, so that they have to be written in one transaction, and ${many}`,
      { details: { table: names[0], rows: count } },
    );
  }
}

function fits(
  tables: readonly StagedTable[],
  { transactionBytes, transactionWrites }: Pick<Capabilities, "transactionBytes" | "transactionWrites">,
): boolean {
  const sum = (what: (list: StagedTable) => number) => tables.reduce((total, list) => total + what(list), 0);
  const bytes = sum(({ shapes }) => shapes.reduce((total, shape) => total + shape.bytes, 0));
  const writes = sum(({ table, rows, goneKeys }) => (rows + goneKeys) * (1 + table.indexCount));
  return bytes <= transactionBytes && writes <= transactionWrites;
}
