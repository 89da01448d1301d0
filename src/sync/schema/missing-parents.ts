import type { Database } from "../../database/port.ts";
import { findTable, type LiveSchema } from "../../database/schema.ts";
import { readReferences } from "../../database/sql/references.ts";
import { refused } from "../../refusals.ts";
import type { Creation } from "./create-tables.ts";
import type { HeldBack } from "./held-back.ts";
import { reasonToLeaveOut } from "./left-out.ts";
import { isNamed, snakeCase } from "./wanted-tables.ts";

/** A foreign key to a table that will not be there. */
export interface MissingParent {
  table: string;
  columns: string[];
  parent: string;
  /** Why the source's table stays out; null where that is not known. */
  reason: string | null;
}

export interface TravellingTables {
  creation: Pick<Creation, "schema" | "missing">;
  /** The source's tables that travel. */
  travelling: readonly string[];
  heldBack: readonly HeldBack[];
}

/**
 * Refuses to write to a table whose foreign key names a table that is not there, which SQLite refuses for
 * any row while it keeps foreign keys. Answers notes where it does not keep them.
 */
export async function refuseMissingParents(database: Database, tables: TravellingTables): Promise<string[]> {
  const found = missingParents(tables);
  const [first] = found;
  if (first === undefined) return [];
  const [row] = await database.query({ sql: "SELECT foreign_keys FROM pragma_foreign_keys" });
  if (row?.[0] !== 1)
    return found.map((one) => `${refers(one)}: it is written as long as foreign keys are off`);
  const more = found.length > 1 ? ` So do ${found.length - 1} more.` : "";
  throw refused("parent-missing", `${refers(first)}.${more} No table was changed.`, {
    details: {
      table: first.table,
      parents: [...new Set(found.map(({ parent }) => parent))],
      references: found,
    },
  });
}

function refers({ table, columns, parent, reason }: MissingParent): string {
  const why = reason === null ? "" : `: it ${reason}`;
  return `"${table}" (${columns.join(", ")}) refers to "${parent}", which the target does not have and this sync does not bring${why}`;
}

function missingParents({ creation, travelling, heldBack }: TravellingTables): MissingParent[] {
  const { schema, missing } = creation;
  return travelling.flatMap((name) => {
    const table = findTable(schema.tables, name) ?? findTable(schema.tables, snakeCase(name));
    if (table === undefined || table.kind !== "table") return [];
    const keys = missing.includes(table.name) ? readReferences(table.sql) : table.foreignKeys;
    return keys
      .filter(({ parent }) => !isThere(schema, parent))
      .map(({ columns, parent }) => ({
        table: table.name,
        columns,
        parent,
        reason:
          heldBack.find((held) => isNamed(held.table, parent))?.reason ??
          reasonToLeaveOut({ name: parent, columns: [] }),
      }));
  });
}

/** A view is there, too, and makes SQLite complain in its own way. */
function isThere({ tables, others }: LiveSchema, name: string): boolean {
  return (
    findTable(tables, name) !== undefined ||
    others.some(({ type, name: other }) => type === "view" && isNamed(other, name))
  );
}
