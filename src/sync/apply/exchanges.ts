import type { Database } from "../../database/port.ts";
import { evaluate } from "../../database/sql/scalars.ts";
import { refused } from "../../refusals.ts";
import { exchanges, type RowsInParts } from "../compare/index.ts";
import type { StagedTable } from "../stage/index.ts";
import { type ApplyRequest, pointingToDisplaced } from "./statements/index.ts";

/** A request, as it is parted into transactions. */
export const inParts = ({ listed, rules, plan, target, displaced }: ApplyRequest): RowsInParts => ({
  ...{ listed, rules, plan, order: target.order, missing: target.create.missing },
  sites: displaced.sites,
});

/**
 * Refuses what only one transaction for everything could do: rows whose values others take have to be deleted before
 * the rows are written that point to them until then.
 */
export async function refuseHeldExchanges(database: Database, request: ApplyRequest): Promise<void> {
  const rows = inParts(request);
  const tables = request.listed.writes.tables.filter(({ table }) => exchanges(rows, table.name));
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
  const rows = inParts(request);
  const exchanging = tables.some(({ table }) => exchanges(rows, table.name));
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
