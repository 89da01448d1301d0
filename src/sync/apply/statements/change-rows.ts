import { rebuildStatements } from "../../../database/fts5/rebuild.ts";
import type { Statement } from "../../../database/port.ts";
import { isCleared } from "../../compare/index.ts";
import { hasKey, type IncomingRows, incomingRows, type StagedTable } from "../../stage/index.ts";
import { deleteStatements } from "./delete-rows.ts";
import { displaceStatement, replaceStatements } from "./displace-rows.ts";
import { type ApplyRequest, changes } from "./request.ts";
import { upsertStatements } from "./upsert.ts";
import { clearFullTextStatements, fullTextStatements } from "./write-fulltext.ts";

/** Makes room for incoming unique values, then inserts and updates; tables that the plan saw unchanged are left alone. */
export function changeStatements(request: ApplyRequest): Statement[] {
  const { staged, rules, plan, displaced, target } = request;
  const changing = staged.tables.filter(({ table }) => changes(plan[table.name], "inserted", "updated"));
  return [
    ...(rules.onConflict === "replace" ? replaceStatements(staged.tables, rules) : []),
    ...displaced.sites.map((site) =>
      displaceStatement(site, { rules, schema: target.schema, by: displaced.by }),
    ),
    ...changing.flatMap((table) => keyedFirst(table).flatMap((rows) => rowStatements(request, rows))),
  ];
}

/** Rows without their table's key come last: the rowid that they are given must not be one that comes in. */
function keyedFirst(table: StagedTable): IncomingRows[] {
  const rows = incomingRows([table]);
  return [...rows.filter(hasKey), ...rows.filter((one) => !hasKey(one))];
}

function rowStatements(
  { rules, inParts: { pendingKeys }, target: { capabilities } }: ApplyRequest,
  rows: IncomingRows,
): Statement[] {
  const { table } = rows.staged;
  if (table.fts5) return fullTextStatements(rows, rules);
  return upsertStatements(rows, rules, {
    maxColumns: capabilities.maxColumns,
    pendingKeys: pendingKeys?.get(table.name),
  });
}

/** Empties full-text tables that change only as a whole. */
export function clearFullText({ staged, rules, plan }: ApplyRequest): Statement[] {
  return clearFullTextStatements(
    rules,
    staged.tables.filter((table) => isCleared(table, plan[table.table.name])),
  );
}

/** Makes full-text indexes over the changed tables again: the triggers that kept them were away. */
export function rebuildFullText({ target: { schema }, staged, plan }: ApplyRequest): Statement[] {
  const changed = staged.tables.filter(({ table }) =>
    changes(plan[table.name], "inserted", "updated", "deleted"),
  );
  return rebuildStatements(
    schema,
    changed.map(({ table }) => table.name),
  );
}

/** Deletes what a mirror's document does not have. */
export function deleteRows({ rules: { mode }, staged, plan }: ApplyRequest): Statement[] {
  if (mode !== "mirror") return [];
  return deleteStatements(
    staged.tables.filter((table) => {
      const own = plan[table.table.name];
      return changes(own, "deleted") && !isCleared(table, own);
    }),
  );
}
