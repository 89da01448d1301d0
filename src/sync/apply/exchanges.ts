import type { Capabilities, Database } from "../../database/port.ts";
import { evaluate } from "../../database/sql/scalars.ts";
import { refused } from "../../refusals.ts";
import type { StagedTable } from "../stage/index.ts";
import { type ApplyRequest, pointingToDisplaced } from "./statements/index.ts";

/*
 * Exchanges: tables whose rows take unique values of each other. In many transactions all of such a table's rows are
 * written in one.
 */

/** True where rows of a table take unique values of each other, and so have to be written together. */
export function exchanges({ displaced, listed, rules }: ApplyRequest, table: string): boolean {
  if (rules.mode !== "mirror" && listed.deletes.some((list) => list.table.name === table)) return true;
  return displaced.sites.some(({ staged }) => staged.table.name === table);
}

/** Refuses what has to be written in one transaction and is too much for it: `UNSUPPORTED`. */
export function refuseLargeExchanges(
  request: ApplyRequest,
  { transactionBytes, transactionWrites }: Capabilities,
): void {
  for (const { table, shapes, rows } of request.listed.writes.tables) {
    if (!exchanges(request, table.name)) continue;
    const bytes = shapes.reduce((sum, shape) => sum + shape.bytes, 0);
    if (bytes <= transactionBytes && rows * (1 + table.indexCount) <= transactionWrites) continue;
    throw refused(
      "exchange-too-large",
      `Rows of "${table.name}" take unique values of each other, so that they have to be written in one transaction, and ${rows.toLocaleString("en")} rows are too many for one. No table was changed.`,
      { details: { table: table.name, rows } },
    );
  }
}

/**
 * Refuses what only one transaction for everything could do: rows whose values others take have to be deleted before
 * the rows are written that point to them until then.
 */
export async function refuseHeldExchanges(database: Database, request: ApplyRequest): Promise<void> {
  const tables = request.listed.writes.tables.filter(({ table }) => exchanges(request, table.name));
  const scalars = tables.flatMap(({ table }) => pointingToDisplaced(onlyExchange(request, table.name)));
  const { values } = await evaluate(database, scalars);
  if (values.every((value) => Number(value) === 0)) return;
  throw refused(
    "exchange-held",
    "Rows take unique values of others that are deleted, and rows point to those until they are written themselves, which one transaction can do and many cannot. No table was changed.",
  );
}

/** The request with nothing but one table's rows, and all that go so that some of those may go with them. */
export function onlyExchange(request: ApplyRequest, name: string): ApplyRequest {
  const { listed, displaced } = request;
  const own = ({ table }: StagedTable) => table.name === name;
  return {
    ...request,
    listed: {
      ...listed,
      writes: { ...listed.writes, tables: listed.writes.tables.filter(own) },
      befores: listed.befores.filter(own),
      deletes: listed.deletes.filter(own),
    },
    displaced: {
      ...displaced,
      sites: displaced.sites.filter(({ staged }) => own(staged)),
      going: listed.deletes,
      written: listed.writes.tables,
    },
  };
}
