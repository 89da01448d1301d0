import { hasTerms } from "../../database/fts5/contentless-rows.ts";
import { isKnownByRowid } from "../../database/schema.ts";
import { FerryError } from "../../errors.ts";
import { plural } from "../../numbers.ts";
import { refused } from "../../refusals.ts";
import { isCleared, isPartialOrExpression } from "../compare/index.ts";
import type { Mode, Plan } from "../run/index.ts";
import type { Staged } from "../stage/index.ts";

export interface RowsKnownByRowid {
  staged: Staged;
  mode: Mode;
  /** Incoming rows of each table whose rowid a live row with other content has. */
  differing: Readonly<Record<string, number>>;
}

/**
 * The rowids of two databases mean nothing to each other. Where rows are known by nothing else, a merge
 * would put a row in the place of another one, and is refused. Mode insert leaves such rows out, and
 * a full-text table goes by rowids that its app gave it: both are told.
 */
export function settleRowids({ staged, mode, differing }: RowsKnownByRowid): string[] {
  if (mode === "mirror") return [];
  return staged.tables.flatMap(({ table }) => {
    const { name, key, columns } = table;
    const rows = Object.hasOwn(differing, name) ? (differing[name] as number) : 0;
    if (key.kind !== "rowid" || rows === 0) return [];
    if (mode === "insert")
      return [
        `"${name}" has no key: ${rows} of its rows ${rows === 1 ? "is" : "are"} left out, for the target has other rows under their rowids`,
      ];
    if (columns.some(({ primaryKey }) => primaryKey > 0)) throw cannotMatch(name, rows);
    if (isKnownByRowid(table)) throw wouldReplace(name, rows);
    return [
      `"${name}" is a full-text table: its rows are matched by rowid, and ${rows === 1 ? "1 of the target's is" : `${rows} of the target's are`} overwritten`,
    ];
  });
}

function wouldReplace(table: string, rows: number): FerryError {
  return refused(
    "rows-without-key",
    `"${table}" has no primary key, so nothing says which rows of two databases are the same; by their rowids, ${plural(rows, "row")} of the target would be replaced by other rows. No table was changed.`,
    { details: { table, rows } },
  );
}

function cannotMatch(table: string, rows: number): FerryError {
  return new FerryError(
    "UNSUPPORTED",
    `The source has NULLs in the primary key of "${table}", so its rows can only be matched by rowid, and ${plural(rows, "row")} of the target would be overwritten by others. No table was changed.`,
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
    if (others < 0) throw overtaken();
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

export function overtaken(): FerryError {
  return refused("plan-stale", "Rows changed while the plan was being made. No table was changed.", {
    details: { moved: [] },
  });
}
