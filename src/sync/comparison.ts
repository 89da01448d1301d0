import type { SchemaObject, TableSchema } from "../archive/types.ts";
import { affinityOf } from "../database/affinity.ts";
import { findTable, type LiveSchema, type LiveTable } from "../database/schema.ts";
import { type ErrorCode, FerryError } from "../errors.ts";
import { isInternal, reasonToLeaveOut } from "./tables.ts";
import { hasTerms } from "./terms.ts";

/** One way in which the target's schema is not the archive's. */
export interface Difference {
  table: string;
  column?: string;
  /** What is different, and what the sync makes of it. */
  message: string;
  /** Set where the sync is refused. */
  code?: ErrorCode;
  /** What to do about it, where it is refused. */
  hint?: string;
}

export interface ComparisonOptions {
  /** Which of the archive's tables travel. */
  wanted(table: string): boolean;
  /** Missing tables are made. */
  create: boolean;
}

/** Compares the schemas of what travels: everything that differs, at once. */
export function compareSchemas(
  source: readonly SchemaObject[],
  target: LiveSchema,
  { wanted, create }: ComparisonOptions,
): Difference[] {
  const tables = source.filter(
    (object): object is TableSchema => object.type === "table" && wanted(object.name),
  );
  const differences = tables.flatMap((table): Difference[] => {
    const live = findTable(target.tables, table.name);
    if (live !== undefined) return compareTables(table, live);
    return create ? [] : [missingTable(table)];
  });
  const travelling = new Set(tables.map(({ name }) => name.toLowerCase()));
  const others = [...target.tables.values()].filter(
    (live) =>
      live.kind !== "shadow" &&
      !travelling.has(live.name.toLowerCase()) &&
      !isInternal(live.name) &&
      reasonToLeaveOut(live) === null,
  );
  if (others.length === 0) return differences;
  const names = others.map(({ name }) => name);
  return [
    ...differences,
    { table: names.join(", "), message: `left as they are, not in this sync: ${names.join(", ")}` },
  ];
}

/** Rejects with the first refused difference, all of them in `details.differences`; answers the others as lines. */
export function settleDifferences(differences: readonly Difference[]): string[] {
  const refused = differences.filter(({ code }) => code !== undefined);
  const [first] = refused;
  if (first?.code === undefined) return differences.map(({ message }) => message);
  const more = refused.length > 1 ? `, and ${refused.length - 1} more` : "";
  throw new FerryError(
    first.code,
    `The target's schema differs: ${first.message}${more}. No table was changed.`,
    {
      ...(first.hint === undefined ? {} : { hint: first.hint }),
      details: { ...first, differences: refused },
    },
  );
}

function missingTable({ name }: TableSchema): Difference {
  return {
    table: name,
    message: `it has no table "${name}"`,
    code: "UNKNOWN_TABLE",
    hint: `Run the target's migrations first, have it made (create), or leave "${name}" out (exclude).`,
  };
}

function compareTables(source: TableSchema, target: LiveTable): Difference[] {
  const search = compareSearch(source, target);
  if (search !== null) return [search];
  const stored = source.columns.filter(({ generated }) => generated === null);
  const common = stored.flatMap((column) => compareColumn(source, target, column));
  const names = new Set(stored.map(({ name }) => name.toLowerCase()));
  const extra = target.columns.filter(({ name }) => !names.has(name.toLowerCase()));
  return [
    ...common,
    ...extra.flatMap((column) => extraColumn(target, column)),
    ...compareKeys(source, target),
  ];
}

/** The terms of a full-text table without text are of use only to one that is made alike. */
function compareSearch(source: TableSchema, target: LiveTable): Difference | null {
  if (!hasTerms(source) && !hasTerms(target)) return null;
  const alike = (sql: string) => sql.slice(sql.search(/\busing\b/i)).replaceAll(/\s+/g, " ");
  if (source.fts5 === target.fts5 && alike(source.sql) === alike(target.sql)) return null;
  return {
    table: target.name,
    message: `"${target.name}" is a full-text table without text (content=''), and not made alike on both sides`,
    code: "UNSUPPORTED",
    hint: `Make "${target.name}" at the target as the source has it, or leave it out (exclude, --exclude).`,
  };
}

function compareColumn(
  source: TableSchema,
  target: LiveTable,
  column: TableSchema["columns"][number],
): Difference[] {
  const place = { table: target.name, column: column.name };
  const named = `"${target.name}"."${column.name}"`;
  const live = target.columns.find(({ name }) => name.toLowerCase() === column.name.toLowerCase());
  if (live === undefined) {
    const hint = "Run the target's migrations first, or export from a source without the column.";
    return [{ ...place, message: `it has no column ${named}`, code: "UNKNOWN_COLUMN", hint }];
  }
  if (live.generated !== null)
    return [{ ...place, message: `${named} is computed by the target: its values stay behind` }];
  const types = [affinityOf(column.type, source.strict), affinityOf(live.type, target.strict)];
  if (types[0] === types[1]) return [];
  const from = column.type || "no type";
  return [
    {
      ...place,
      message: `${named} is ${live.type || "without a type"} at the target and ${from} in the archive: values are converted as SQLite does`,
    },
  ];
}

function extraColumn(target: LiveTable, column: LiveTable["columns"][number]): Difference[] {
  const place = { table: target.name, column: column.name };
  const named = `"${target.name}"."${column.name}"`;
  if (column.generated !== null) return [];
  if (column.notNull && column.default === null) {
    const hint = "Give the column a default at the target, or add it to the source.";
    return [
      {
        ...place,
        message: `${named} is NOT NULL without a default, and the archive does not have it`,
        code: "MISSING_COLUMN",
        hint,
      },
    ];
  }
  const dflt = column.default === null ? "NULL" : `its default (${column.default})`;
  return [
    { ...place, message: `${named} is not in the archive: new rows get ${dflt}, others keep what they have` },
  ];
}

function compareKeys(source: TableSchema, target: LiveTable): Difference[] {
  const declared = source.columns.some(({ primaryKey }) => primaryKey > 0);
  // NULLs in a declared key make the source's rows known by rowid; the target's are then, too.
  const keys = [
    declared && source.key.kind === "rowid" ? target.key.columns : source.key.columns,
    target.key.columns,
  ];
  const [from, to] = keys.map((columns) => columns.join(", ").toLowerCase());
  if (from === to) return [];
  const names = new Set(source.columns.map(({ name }) => name.toLowerCase()));
  const key = target.key.columns.join(", ");
  if (target.key.kind === "primary" && target.key.columns.every((name) => names.has(name.toLowerCase()))) {
    return [
      {
        table: target.name,
        message: `"${target.name}" is identified by ${key} at the target, and so are the incoming rows`,
      },
    ];
  }
  return [
    {
      table: target.name,
      message: `"${target.name}" is identified by ${key} at the target, and by ${source.key.columns.join(", ")} in the archive`,
      code: "MISSING_COLUMN",
      hint: "Make the keys the same on both sides.",
    },
  ];
}
