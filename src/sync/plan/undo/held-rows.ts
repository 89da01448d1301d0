import type { ForeignKey, LiveSchema, LiveTable } from "../../../database/schema.ts";
import type { Params } from "../../../database/sql/params.ts";
import { joinBalanced, quote, tuple } from "../../../database/sql/syntax.ts";
import {
  type ConflictRules,
  type ConflictSite,
  conflictSites,
  displacedJoin,
  isListed,
} from "../../compare/index.ts";
import {
  type IncomingRows,
  incomingRows,
  keyMatches,
  type ShapeSql,
  type StagedTable,
  selectStaged,
} from "../../stage/index.ts";
import { type IndexSite, indexSites, isTakenUnder } from "./taken-index-values.ts";
import type { UndoTable } from "./undo-table.ts";

/*
 * Rows that an undo would take back, and that a constraint holds as they are: rows which came to point to them
 * since, unique values that others have taken, parents that are gone. Each is asked for by what the undo lists
 * now; a row that is left may hold others, so the asking goes on until none is found.
 */

/** An undo makes its rows as they were, whatever they are now. */
export const OF_UNDOS: ConflictRules = { mode: "mirror", onConflict: "fail" };

/** Where rows may be held, and by what. */
export interface HeldSite {
  undo: UndoTable;
  /** The listed rows. */
  rows: IncomingRows;
  /** FROM and WHERE behind them, for those that are held; `sql` is over them. */
  which(sql: ShapeSql, params: Params): string;
}

/** All places where a row that is listed may be held. */
export function heldSites(tables: readonly UndoTable[], schema: LiveSchema): HeldSite[] {
  const lists = new Lists(tables);
  return tables.flatMap((undo) => {
    const { name } = undo.staged.table;
    const pointing = [...schema.tables.values()]
      .filter(({ kind }) => kind === "table")
      .flatMap((child) =>
        child.foreignKeys.filter(({ parent }) => parent === name).map((key) => ({ child, key })),
      );
    const writes = lists.writes(name);
    return [
      ...pointing.flatMap((one) => goingParents(undo, one, lists)),
      ...conflictSites(writes).map((site) => takenValues(undo, site, lists)),
      ...indexSites(writes, schema).map((site) => takenIndexValues(undo, site, lists)),
      ...writes.flatMap((table) => missingParents(undo, table, lists)),
      ...pointing.flatMap((one) => leavingValues(undo, one, lists)),
    ];
  });
}

/** What an undo lists, by table. */
class Lists {
  readonly #tables: Map<string, UndoTable>;

  constructor(tables: readonly UndoTable[]) {
    this.#tables = new Map(tables.map((undo) => [undo.staged.table.name, undo]));
  }

  /** The rows that are written; none or one. */
  writes(name: string): StagedTable[] {
    const undo = this.#tables.get(name);
    if (undo === undefined) return [];
    const shapes = [undo.before, undo.deleted].flatMap((shape) =>
      shape === null ? [] : [{ ...shape, list: "write" as const }],
    );
    return shapes.length === 0 ? [] : [{ ...undo.staged, shapes }];
  }

  /** True in SQL for a row of a table, as `alias`, that goes. */
  goes(name: string, alias: string, params: Params): string {
    const undo = this.#tables.get(name);
    return undo?.deletes !== true ? "0" : isListed([undo.gone], alias, params);
  }

  /** True in SQL for a row of a table, as `alias`, that is written and has other values in some columns then. */
  moves(
    name: string,
    columns: readonly string[],
    { alias, params }: { alias: string; params: Params },
  ): string {
    const writes = this.writes(name);
    if (writes.length === 0) return "0";
    const stays = isListed(writes, alias, params, columns);
    // Of a row whose values are NULL the second is not known.
    return `(${isListed(writes, alias, params)}) AND (${stays}) IS NOT 1`;
  }

  /** True in SQL for values that a row of a table which is written has in some columns. */
  brings(
    name: string,
    columns: readonly string[],
    { values, params }: { values: readonly string[]; params: Params },
  ): string {
    const found = incomingRows(this.writes(name))
      .filter(({ shape }) => columns.every((column) => shape.columns.includes(column)))
      .map((rows) => `${tuple(values)} IN (${selectStaged(rows, columns, params)})`);
    return found.length === 0 ? "0" : joinBalanced(found, "OR");
  }

  /** True in SQL for a row of a table, as `alias`, that still has its values in some columns after the undo. */
  keeps(name: string, columns: readonly string[], place: { alias: string; params: Params }): string {
    return `NOT (${this.goes(name, place.alias, place.params)}) AND (${this.moves(name, columns, place)}) IS NOT 1`;
  }
}

interface Pointing {
  child: LiveTable;
  key: ForeignKey;
}

/** Rows that would go, and that rows point to which stay. */
function goingParents(undo: UndoTable, { child, key }: Pointing, lists: Lists): HeldSite[] {
  const { table } = undo.staged;
  if (!undo.deletes) return [];
  return incomingRows([undo.gone]).map((rows) => ({
    undo,
    rows,
    which: (sql, params) => {
      const parents = key.parentColumns.map((name) => `live.${quote(name)}`);
      return `CROSS JOIN ${quote(table.name)} AS live ON ${keyMatches("live", table, sql)}
        WHERE ${isPointedTo(parents, { child, key }, lists.keeps(child.name, key.columns, { alias: "child", params }))}`;
    },
  }));
}

/** Set against set: the child may have no index for its foreign key. */
function isPointedTo(parents: readonly string[], { child, key }: Pointing, stays: string): string {
  const pointing = key.columns.map((name) => `child.${quote(name)}`);
  const known = pointing.map((cell) => `${cell} IS NOT NULL`).join(" AND ");
  return `${tuple(parents)} IN (SELECT ${pointing.join(", ")} FROM ${quote(child.name)} AS child WHERE ${known} AND ${stays})`;
}

/** Rows that would have a unique value which another row has and keeps. */
function takenValues(undo: UndoTable, site: ConflictSite, lists: Lists): HeldSite {
  const { name } = site.staged.table;
  const columns = site.index.columns as string[];
  return {
    undo,
    rows: site,
    which: (sql, params) => `CROSS JOIN ${quote(name)} AS displaced ON ${displacedJoin(site, sql, OF_UNDOS)}
      WHERE ${lists.keeps(name, columns, { alias: "displaced", params })}`,
  };
}

/** The same under a partial index or one on expressions. A row that is written gives up the value that it has. */
function takenIndexValues(undo: UndoTable, site: IndexSite, lists: Lists): HeldSite {
  const { name } = site.rows.staged.table;
  return {
    undo,
    rows: site.rows,
    which: (sql, params) => {
      const keeps = (alias: string) =>
        `NOT (${lists.goes(name, alias, params)}) AND (${isListed(lists.writes(name), alias, params)}) IS NOT 1`;
      return `WHERE ${isTakenUnder(site, { sql, keeps })}`;
    },
  };
}

/** Rows that would point to a row which is not there, by each foreign key. */
function missingParents(undo: UndoTable, table: StagedTable, lists: Lists): HeldSite[] {
  const own = (key: ForeignKey) =>
    incomingRows([table]).filter(({ shape }) => key.columns.every((name) => shape.columns.includes(name)));
  return table.table.foreignKeys.flatMap((key) =>
    own(key).map(
      (rows): HeldSite => ({
        undo,
        rows,
        which: (sql, params) => {
          const { parent, parentColumns } = key;
          const cells = key.columns.map(sql.cell);
          const known = cells.map((cell) => `${cell} IS NOT NULL`).join(" AND ");
          const same = parentColumns.map((name, i) => `parent.${quote(name)} = ${cells[i]}`).join(" AND ");
          const stays = lists.keeps(parent, parentColumns, { alias: "parent", params });
          const comes = lists.brings(parent, parentColumns, { values: cells, params });
          return `WHERE ${known} AND NOT EXISTS (SELECT 1 FROM ${quote(parent)} AS parent WHERE ${same} AND ${stays}) AND (${comes}) IS NOT 1`;
        },
      }),
    ),
  );
}

/** Rows that would have another value, and that rows point to by the one they have. */
function leavingValues(undo: UndoTable, { child, key }: Pointing, lists: Lists): HeldSite[] {
  const { table } = undo.staged;
  const { parentColumns, columns, onUpdate } = key;
  if (undo.before === null || parentColumns.every((name) => table.key.columns.includes(name))) return [];
  const rows = { staged: undo.staged, shape: { ...undo.before, list: "write" as const } };
  if (!parentColumns.every((name) => rows.shape.columns.includes(name))) return [];
  return [
    {
      undo,
      rows,
      which: (sql, params) => {
        const moved = parentColumns.map((name) => `live.${quote(name)} IS NOT ${sql.cell(name)}`);
        const parents = parentColumns.map((name) => `live.${quote(name)}`);
        const stays = lists.keeps(child.name, columns, { alias: "child", params });
        // Another row may bring the value, which a child that follows its parent would not see.
        const brought =
          onUpdate === "NO ACTION"
            ? lists.brings(table.name, parentColumns, { values: parents, params })
            : "0";
        return `CROSS JOIN ${quote(table.name)} AS live ON ${keyMatches("live", table, sql)}
          WHERE (${joinBalanced(moved, "OR")}) AND (${brought}) IS NOT 1 AND ${isPointedTo(parents, { child, key }, stays)}`;
      },
    },
  ];
}
