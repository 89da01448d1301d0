import { rebuildStatements } from "../../../database/fts5/rebuild.ts";
import type { Statement } from "../../../database/port.ts";
import { isCleared } from "../../compare/index.ts";
import { hasKey, type IncomingRows, incomingRows, type StagedTable } from "../../stage/index.ts";
import { deleteStatements } from "./delete-rows.ts";
import { displacedColumns, displaceStatement } from "./displace-rows.ts";
import { reachedScalars } from "./guard-plan.ts";
import { guardStatements } from "./guards.ts";
import { type ApplyRequest, changedTables } from "./request.ts";
import { upsertStatements } from "./upsert.ts";
import { clearFullTextStatements, fullTextStatements } from "./write-fulltext.ts";

/** Makes room for incoming unique values, then inserts and updates. */
export function changeStatements(request: ApplyRequest): Statement[] {
  const { listed, rules, displaced, target } = request;
  const replaced = rules.mode !== "mirror" && rules.onConflict === "replace";
  return [
    ...(replaced ? [...guardReplaced(request), ...deleteStatements(listed.deletes)] : []),
    ...displaced.sites.map((site) =>
      displaceStatement(site, { rules, schema: target.schema, listed, by: displaced.by }),
    ),
    ...listed.writes.tables.flatMap((table) =>
      keyedFirst(table).flatMap((rows) => rowStatements(request, rows)),
    ),
  ];
}

/** What came to point to a row that is replaced would go with it, but what is written anew itself. */
function guardReplaced(request: ApplyRequest): Statement[] {
  const { deletes, befores } = request.listed;
  const scalars = reachedScalars(request, { going: [...deletes, ...befores] });
  return guardStatements(request.staged.run, "orphans", scalars);
}

/** Rows without their table's key come last: the rowid that they are given must not be one that comes in. */
function keyedFirst(table: StagedTable): IncomingRows[] {
  const rows = incomingRows([table]);
  return [...rows.filter(hasKey), ...rows.filter((one) => !hasKey(one))];
}

function rowStatements(
  { rules, changed, inParts: { pendingKeys }, target: { capabilities } }: ApplyRequest,
  rows: IncomingRows,
): Statement[] {
  const { table } = rows.staged;
  // What has no rowid is a new row.
  if (table.fts5 && hasKey(rows)) return fullTextStatements(rows, rules);
  return upsertStatements(rows, rules, {
    maxColumns: capabilities.maxColumns,
    changed: changed.get(table.name) ?? [],
    pendingKeys: pendingKeys?.get(table.name),
  });
}

/** Empties full-text tables that change only as a whole. */
export function clearFullText({ listed: { writes }, rules, plan }: ApplyRequest): Statement[] {
  return clearFullTextStatements(
    rules,
    writes.tables.filter((table) => isCleared(table, plan[table.table.name])),
  );
}

/** Makes full-text indexes over the changed tables again: the triggers that kept them were away. */
export function rebuildFullText(request: ApplyRequest): Statement[] {
  return rebuildStatements(
    request.target.schema,
    changedTables(request).map(({ name }) => name),
  );
}

/** Deletes what a mirror's document does not have. */
export function deleteRows(request: ApplyRequest): Statement[] {
  const { rules, listed, plan } = request;
  if (rules.mode !== "mirror") return [];
  const kept = listed.deletes.filter((list) => !isCleared(list, plan[list.table.name]));
  return deleteStatements(kept, displacedColumns(request));
}
