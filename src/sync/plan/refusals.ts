import { hasTerms } from "../../database/fts5/contentless-rows.ts";
import { FerryError } from "../../errors.ts";
import { refused } from "../../refusals.ts";
import { isCleared, isPartialOrExpression } from "../compare/index.ts";
import type { Mode, Plan } from "../run/index.ts";
import type { Staged } from "../stage/index.ts";

/**
 * The rowids of two databases mean nothing to each other. Where rows are known by nothing else, a
 * merge tells that it overwrites rows by them; where the target knows its rows by a key, and only the
 * source's NULLs in it are in the way, it refuses to.
 */
export function rowidNotes(staged: Staged, plan: Plan, mode: Mode): string[] {
  if (mode === "mirror") return [];
  return staged.tables.flatMap(({ table: { name, key, columns } }) => {
    const updated = plan.tables[name]?.updated ?? 0;
    if (key.kind !== "rowid" || updated === 0) return [];
    if (columns.some(({ primaryKey }) => primaryKey > 0)) throw cannotMatch(name, updated);
    return [
      `"${name}" has no primary key: rows are matched by rowid, and ${updated} of the target's are overwritten`,
    ];
  });
}

function cannotMatch(table: string, rows: number): FerryError {
  return new FerryError(
    "UNSUPPORTED",
    `The source has NULLs in the primary key of "${table}", so its rows can only be matched by rowid, and ${rows} rows of the target would be overwritten by others. No table was changed.`,
    {
      hint: `Give each row of "${table}" a key in the source; or mirror the table, or leave it out.`,
      details: { table, rows },
    },
  );
}

/** What `skip` and `replace` cannot settle. */
export function unseenConflictNotes(staged: Staged): string[] {
  return staged.tables.flatMap(({ table }) =>
    table.uniqueIndexes
      .filter((index) => isPartialOrExpression(table, index))
      .map(
        ({ name }) =>
          `${name} is over an expression or a part of "${table.name}": its conflicts are not seen ahead, and fail`,
      ),
  );
}

/** A table that keeps no text can be compared with terms only, as an archive has them. */
export function refuseTextForContentless(staged: Staged): void {
  const table = staged.tables.map((found) => found.table).find(hasTerms);
  if (table === undefined) return;
  throw refused(
    "fulltext-table-needs-archive",
    `"${table.name}" is a full-text table that keeps no text, and takes rows only from an archive. No table was changed.`,
    { details: { table: table.name } },
  );
}

/** A merge into a full-text table that changes only as a whole would lose the rows that do not come in again. */
export function refuseLosingContentless(staged: Staged, plan: Plan, mode: Mode): void {
  if (mode !== "merge") return;
  for (const table of staged.tables) {
    const { name } = table.table;
    const own = plan.tables[name];
    if (own === undefined || !isCleared(table, own)) continue;
    const others = own.live - own.updated - own.unchanged;
    if (others === 0) continue;
    throw refused(
      "fulltext-merge-loses-rows",
      `"${name}" is a full-text table that keeps no text, and gives no single row up: ${own.updated} rows differ, and ${others} rows of the target that the archive does not have would be lost. No table was changed.`,
      { details: { table: name, differing: own.updated, others } },
    );
  }
}

export function refuseKeylessMirror(staged: Staged, mode: Mode): void {
  if (mode !== "mirror") return;
  for (const { table, shapes } of staged.tables) {
    if (shapes.every(({ columns }) => table.key.columns.every((name) => columns.includes(name)))) continue;
    throw new FerryError(
      "MISSING_COLUMN",
      `A mirror needs to know each row of "${table.name}", and the document's rows lack its key (${table.key.columns.join(", ")}). No table was changed.`,
      { hint: "Use mode merge, or an archive.", details: { table: table.name, columns: table.key.columns } },
    );
  }
}
