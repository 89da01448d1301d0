import type { Capabilities, Database } from "../../database/port.ts";
import type { LiveTable } from "../../database/schema.ts";
import { evaluate } from "../../database/sql/scalars.ts";
import { refused } from "../../refusals.ts";
import { isCleared, tableGroups } from "../compare/index.ts";
import type { StagedTable } from "../stage/index.ts";
import { type ApplyRequest, pointingToDisplaced } from "./statements/index.ts";

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

/** Of the rows to write, parents first. */
export function unitsToWrite(request: ApplyRequest): Unit[] {
  const { listed, target } = request;
  return groupsOf(listed.writes.tables, target).map((tables) => ({
    tables,
    isWhole: tables.length > 1 || tables.some(({ table }) => exchanges(request, table.name)),
  }));
}

/** Of the rows that a mirror deletes, children first. What is replaced has gone before the rows that take its place. */
export function unitsToDelete({ listed, target, rules, plan }: ApplyRequest): Unit[] {
  if (rules.mode !== "mirror") return [];
  const lists = listed.deletes.filter((list) => !isCleared(list, plan[list.table.name]));
  return groupsOf(lists, target)
    .toReversed()
    .map((tables) => ({ tables: tables.toReversed(), isWhole: tables.length > 1 }));
}

function groupsOf(lists: readonly StagedTable[], { order, create }: ApplyRequest["target"]): StagedTable[][] {
  const sorted = lists.toSorted((a, b) => order.indexOf(a.table.name) - order.indexOf(b.table.name));
  const tables = sorted.map(({ table }) => table);
  return tableGroups(tables, create).map((names) => sorted.filter(({ table }) => names.includes(table.name)));
}

/** True where rows of a table take unique values of each other, and so have to be written together. */
function exchanges({ displaced, listed, rules }: ApplyRequest, table: string): boolean {
  if (rules.mode !== "mirror" && listed.deletes.some((list) => list.table.name === table)) return true;
  return displaced.sites.some(({ staged }) => staged.table.name === table);
}

/** Refuses what has to be written in one transaction and is too much for it: `UNSUPPORTED`. */
export function refuseLargeUnits(request: ApplyRequest, capabilities: Capabilities): void {
  for (const { tables, isWhole } of [...unitsToWrite(request), ...unitsToDelete(request)]) {
    if (!isWhole || fits(tables, capabilities)) continue;
    const [first] = tables;
    const names = tables.map(({ table }) => table.name);
    const rows = tables.reduce((sum, list) => sum + list.rows + list.goneKeys, 0);
    const many = `${rows.toLocaleString("en")} rows are too many for one. No table was changed.`;
    if (tables.length > 1 || first === undefined)
      throw refused(
        "foreign-keys-in-a-cycle",
        `${names.map((name) => `"${name}"`).join(", ")} refer to each other in a circle, so that their rows have to be written in one transaction, and ${many}`,
        { details: { tables: names, rows } },
      );
    throw refused(
      "exchange-too-large",
      `Rows of "${names[0]}" take unique values of each other, so that they have to be written in one transaction, and ${many}`,
      { details: { table: names[0], rows } },
    );
  }
}

function fits(
  tables: readonly StagedTable[],
  { transactionBytes, transactionWrites }: Pick<Capabilities, "transactionBytes" | "transactionWrites">,
): boolean {
  const sum = (what: (list: StagedTable) => number) => tables.reduce((total, list) => total + what(list), 0);
  const bytes = sum(({ shapes }) => shapes.reduce((total, shape) => total + shape.bytes, 0));
  const writes = sum(({ table, rows, goneKeys }) => (rows + goneKeys) * entriesOf(table));
  return bytes <= transactionBytes && writes <= transactionWrites;
}

const entriesOf = ({ indexCount }: LiveTable): number => 1 + indexCount;

/**
 * Refuses what only one transaction for everything could do: rows whose values others take have to be deleted before
 * the rows are written that point to them until then.
 */
export async function refuseHeldExchanges(database: Database, request: ApplyRequest): Promise<void> {
  const tables = request.listed.writes.tables.filter(({ table }) => exchanges(request, table.name));
  const scalars = tables.flatMap((table) => pointingToDisplaced(onlyTables(request, [table])));
  const { values } = await evaluate(database, scalars);
  if (values.every((value) => Number(value) === 0)) return;
  throw refused(
    "exchange-held",
    "Rows take unique values of others that are deleted, and rows point to those until they are written themselves, which one transaction can do and many cannot. No table was changed.",
  );
}

/** The request with nothing but the rows of some tables, and all that go so that some of those may go with them. */
export function onlyTables(request: ApplyRequest, tables: readonly StagedTable[]): ApplyRequest {
  const { listed, displaced } = request;
  const names = tables.map(({ table }) => table.name);
  const own = ({ table }: StagedTable) => names.includes(table.name);
  const exchanging = tables.some(({ table }) => exchanges(request, table.name));
  return {
    ...request,
    listed: {
      ...listed,
      writes: { ...listed.writes, tables: listed.writes.tables.filter(own) },
      befores: listed.befores.filter(own),
      deletes: exchanging ? listed.deletes.filter(own) : [],
    },
    displaced: {
      ...displaced,
      sites: displaced.sites.filter(({ staged }) => own(staged)),
      ...(exchanging ? { going: listed.deletes, written: listed.writes.tables } : {}),
    },
  };
}
