import type { SchemaObject, TableSchema } from "../../archive/types.ts";
import { findTable, type LiveSchema, type LiveTable } from "../../database/schema.ts";
import { FerryError } from "../../errors.ts";
import { foldCase } from "../../names.ts";
import { byRowid } from "./choose-tables.ts";
import { isInternal } from "./left-out.ts";
import { snakeCase } from "./wanted-tables.ts";

/** Where a document's table goes: the live table, and for each of its columns the name there; null for a generated one. */
export interface TableMapping {
  table: LiveTable;
  /** All that rows may have: the rowid, where it is the key, and the stored columns. */
  columns: string[];
  column(name: string): string | null;
}

/** What a document's table is called in the target; its own name where there is no such table. */
export function nameInTarget(schema: LiveSchema, name: string): string {
  return findMapped(schema, name)?.name ?? name;
}

function findMapped({ tables }: LiveSchema, name: string): LiveTable | undefined {
  return isInternal(name) ? undefined : (findTable(tables, name) ?? findTable(tables, snakeCase(name)));
}

/**
 * Finds the live table for a document's table: by name, else by its name in snake case. Rejects with
 * `UNKNOWN_TABLE`; its `column` with `UNKNOWN_COLUMN`.
 */
export function mapTable(schema: LiveSchema, name: string): TableMapping {
  const table = findMapped(schema, name);
  if (table === undefined || (table.kind !== "table" && table.fts5 === undefined)) {
    const known = [...schema.tables.values()].filter(
      (live) => live.kind === "table" && !isInternal(live.name),
    );
    throw new FerryError("UNKNOWN_TABLE", `The target has no table "${name}". No table was changed.`, {
      hint: `Run the target's migrations first, or leave the table out. The target has: ${known.map((live) => live.name).join(", ") || "no tables"}.`,
      details: { table: name },
    });
  }
  const names = new Map<string, string | null>();
  const identifying = table.key.kind === "rowid" ? table.key.columns : [];
  for (const rowid of identifying) names.set(foldCase(rowid), rowid);
  for (const column of table.columns) {
    names.set(foldCase(column.name), column.generated === null ? column.name : null);
  }
  return {
    table,
    columns: [...new Set(names.values())].filter((column) => column !== null),
    column(documentName) {
      const exact = names.get(foldCase(documentName));
      const found = exact === undefined ? names.get(snakeCase(documentName)) : exact;
      if (found !== undefined) return found;
      throw new FerryError(
        "UNKNOWN_COLUMN",
        `The target's table "${table.name}" has no column "${documentName}". No table was changed.`,
        {
          hint: "Run the target's migrations first, or remove the column from the document.",
          details: { table: table.name, column: documentName },
        },
      );
    },
  };
}

/**
 * The target's schema, its rows identified as the source's are: where the source has NULLs in a
 * declared key, by rowid. Its full-text tables know the words for the source's terms.
 */
export function withSourceKeys(schema: LiveSchema, source: readonly SchemaObject[]): LiveSchema {
  const tables = new Map(schema.tables);
  for (const object of source) {
    const live = object.type === "table" ? findTable(tables, object.name) : undefined;
    if (object.type !== "table" || live === undefined || live.kind === "shadow") continue;
    const declared = object.columns.some(({ primaryKey }) => primaryKey > 0);
    if (object.key.kind === "rowid" && declared && live.key.kind === "primary")
      tables.set(live.name, byRowid(live));
    if (object.words !== undefined) tables.set(live.name, { ...live, words: object.words });
  }
  return { ...schema, tables };
}

/** Refuses rows that lack a column the target cannot do without: `MISSING_COLUMN`. */
export function requireColumns(table: LiveTable, present: readonly string[]): void {
  if (present.length === 0) {
    throw new FerryError(
      "MISSING_COLUMN",
      `A row for table "${table.name}" is empty. No table was changed.`,
      { hint: "Give each row at least one column.", details: { table: table.name } },
    );
  }
  const have = new Set(present);
  for (const { name, notNull, default: dflt, generated, primaryKey } of table.columns) {
    if (have.has(name) || generated !== null) continue;
    const automatic = table.rowidAlias === name;
    if (primaryKey > 0 || (notNull && dflt === null && !automatic)) {
      const why = primaryKey > 0 ? "it identifies the rows" : "it is NOT NULL and has no default";
      throw new FerryError(
        "MISSING_COLUMN",
        `Rows for table "${table.name}" lack its column "${name}": ${why}. No table was changed.`,
        {
          hint: `Add "${name}" to each row of "${table.name}".`,
          details: { table: table.name, column: name },
        },
      );
    }
  }
}

/**
 * Refuses rows of an archive that lack a column which its schema has: `MISSING_COLUMN`. Rows by hand may leave
 * one out and mean what is there; these would be written and then not be what the archive says.
 */
export function requireWhole(
  { column }: TableMapping,
  { name, columns, fts5 }: TableSchema,
  parts: readonly {
    rows: number;
    shape: { columns: readonly string[]; ragged?: boolean; gone?: true; made?: true };
  }[],
): void {
  if (fts5 === "terms") return;
  const stored = columns.flatMap((one) => (one.generated === null ? (column(one.name) ?? []) : []));
  for (const { rows, shape } of parts) {
    if (rows === 0 || shape.gone || shape.made) continue;
    const missing = shape.ragged ? "one of its columns" : stored.find((one) => !shape.columns.includes(one));
    if (missing === undefined) continue;
    throw new FerryError(
      "MISSING_COLUMN",
      `Rows of "${name}" lack ${shape.ragged ? missing : `the column "${missing}"`}, which the archive's schema has. No table was changed.`,
      {
        hint: "Export it again. A document that may leave columns out has neither frames nor schema.",
        details: { table: name, ...(shape.ragged ? {} : { column: missing }) },
      },
    );
  }
}
