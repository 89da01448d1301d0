import { rebuildStatements } from "../../../database/fts5/rebuild.ts";
import type { Statement } from "../../../database/port.ts";
import { isCleared, type KeyToRow, keysWrittenLater } from "../../compare/index.ts";
import { hasKey, type IncomingRows, incomingRows, type StagedTable } from "../../stage/index.ts";
import { deleteStatements } from "./delete-rows.ts";
import { displacedColumns, displaceStatement } from "./displace-rows.ts";
import { reachedScalars } from "./guard-plan.ts";
import { guardStatements } from "./guards.ts";
import { type ApplyRequest, changedTables, clearedTables } from "./request.ts";
import { type UpsertOptions, upsertStatements } from "./upsert.ts";
import { clearFullTextStatements, fullTextStatements } from "./write-fulltext.ts";

/** Makes room for incoming unique values, then inserts and updates. */
export function changeStatements(request: ApplyRequest): Statement[] {
  const { listed, rules, displaced, target } = request;
  const replaced = rules.mode !== "mirror" && rules.onConflict === "replace";
  const { tables } = listed.writes;
  const { missing } = target.create;
  const later = keysWrittenLater(tables, { ...request, missing });
  return [
    ...(replaced ? [...guardReplaced(request), ...deleteStatements(listed.deletes)] : []),
    ...deleteRewritten(request),
    ...displaced.sites.map((site) =>
      displaceStatement(site, { rules, schema: target.schema, listed, by: displaced.by }),
    ),
    ...tables.flatMap((table) => {
      const keys = later.get(table.table.name) ?? [];
      return rowStatements(request, table, { changed: columnsBut(request, table, keys), emptyKeys: keys });
    }),
    ...tables.flatMap((table) => {
      const keys = later.get(table.table.name);
      return keys === undefined ? [] : rowStatements(request, table, { changed: columnsOf(keys) });
    }),
  ];
}

const columnsOf = (keys: readonly KeyToRow[]): string[] => [
  ...new Set(keys.flatMap(({ columns }) => columns)),
];

/** A row that is there keeps the key that it has until the other row is there. */
function columnsBut({ changed }: ApplyRequest, { table }: StagedTable, keys: readonly KeyToRow[]): string[] {
  const later = columnsOf(keys);
  return (changed.get(table.name) ?? []).filter((column) => !later.includes(column));
}

/**
 * Of tables whose unique values SQLite generates: deletes the rows that are updated, which are written anew behind it, and
 * those that go.
 */
function deleteRewritten(request: ApplyRequest): Statement[] {
  const { listed } = request;
  const own = (list: StagedTable) => isRewritten(request, list);
  const rows = [...listed.deletes, ...listed.befores].filter(own);
  return rows.length === 0
    ? []
    : [...guardReplaced(request, listed.deletes.filter(own)), ...deleteStatements(rows)];
}

const isRewritten = ({ displaced }: ApplyRequest, { table }: StagedTable): boolean =>
  displaced.rewritten?.includes(table.name) ?? false;

/** What came to point to a row that is replaced would go with it, but what is written anew itself. */
function guardReplaced(request: ApplyRequest, deletes = request.listed.deletes): Statement[] {
  const { staged, listed } = request;
  const going = [...listed.deletes, ...listed.befores];
  const scalars = reachedScalars({ ...request, listed: { ...listed, deletes } }, { going });
  return guardStatements(staged.run, "orphans", scalars);
}

/** Rows without their table's key come last: the rowid that they are given must not be one that comes in. */
function keyedFirst(table: StagedTable): IncomingRows[] {
  const rows = incomingRows([table]);
  return [...rows.filter(hasKey), ...rows.filter((one) => !hasKey(one))];
}

function rowStatements(
  { rules, target: { capabilities } }: ApplyRequest,
  staged: StagedTable,
  columns: Pick<UpsertOptions, "changed" | "emptyKeys">,
): Statement[] {
  return keyedFirst(staged).flatMap((rows) => {
    // What has no rowid is a new row.
    if (staged.table.fts5 && hasKey(rows)) return fullTextStatements(rows, rules);
    return upsertStatements(rows, rules, { maxColumns: capabilities.maxColumns, ...columns });
  });
}

/** Empties full-text tables that change only as a whole. */
export function clearFullText(request: ApplyRequest): Statement[] {
  return clearFullTextStatements(request.rules, clearedTables(request));
}

/**
 * Makes full-text indexes over the changed tables again: the triggers that kept them were away. Those that the run has
 * written by a plan that was given up are among them.
 */
export function rebuildFullText(request: ApplyRequest): Statement[] {
  const earlier = (request.commit.record.earlier ?? []).map(([table]) => table);
  const names = new Set([...changedTables(request).map(({ name }) => name), ...earlier]);
  return rebuildStatements(request.target.schema, [...names]);
}

/** Deletes what a mirror's document does not have. */
export function deleteRows(request: ApplyRequest): Statement[] {
  const { rules, listed, plan } = request;
  if (rules.mode !== "mirror") return [];
  // What went with the rows that are written anew may have left its rowid to one of them.
  const kept = listed.deletes.filter(
    (list) => !isCleared(list, plan[list.table.name]) && !isRewritten(request, list),
  );
  return deleteStatements(kept, displacedColumns(request));
}
