import { schemaTables } from "../../archive/schema-tables.ts";
import type { SchemaObject, TableSchema } from "../../archive/types.ts";
import { affinityOf } from "../../database/affinity.ts";
import { hasTerms } from "../../database/fts5/contentless-rows.ts";
import { findTable, type LiveSchema, type LiveTable } from "../../database/schema.ts";
import { quote } from "../../database/sql/syntax.ts";
import type { ErrorCode } from "../../errors.ts";
import { foldCase } from "../../names.ts";
import { REFUSALS, type Refusal, refused } from "../../refusals.ts";
import { isInternal, reasonToLeaveOut } from "./left-out.ts";

/** One way in which the target's schema is not the archive's. */
export interface Difference {
  table: string;
  column?: string;
  /** What is different, and what the sync makes of it. */
  message: string;
  /** Set where the sync is refused. */
  code?: ErrorCode;
  /** Why it is refused. */
  reason?: Refusal;
  /** SQL that adds the column where it is missing. */
  addColumn?: string;
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
  const tables = schemaTables(source).filter(({ name }) => wanted(name));
  const differences = compareTravelling(tables, target, { create });
  const travelling = new Set(tables.map(({ name }) => foldCase(name)));
  const others = [...target.tables.values()].filter(
    (live) =>
      live.kind !== "shadow" &&
      !travelling.has(foldCase(live.name)) &&
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

/** The same of these tables alone. */
export function compareTravelling(
  tables: readonly TableSchema[],
  target: LiveSchema,
  { create }: Pick<ComparisonOptions, "create">,
): Difference[] {
  return tables.flatMap((table): Difference[] => {
    const live = findTable(target.tables, table.name);
    if (live !== undefined) return compareTables(table, live);
    return create ? [] : [missingTable(table)];
  });
}

/** Rejects with the first refused difference, all of them in `details.differences`; answers the others as lines. */
export function settleDifferences(differences: readonly Difference[]): string[] {
  const inTheWay = differences.filter(({ code }) => code !== undefined);
  const [first] = inTheWay;
  if (first?.reason === undefined) return differences.map(({ message }) => message);
  const more = inTheWay.length > 1 ? `, and ${inTheWay.length - 1} more` : "";
  throw refused(first.reason, `The target's schema differs: ${first.message}${more}. No table was changed.`, {
    details: { ...first, differences: inTheWay },
  });
}

function missingTable({ name }: TableSchema): Difference {
  return {
    table: name,
    message: `it has no table "${name}"`,
    ...because("table-missing"),
  };
}

function compareTables(source: TableSchema, target: LiveTable): Difference[] {
  const search = compareContentless(source, target);
  if (search !== null) return [search];
  const stored = source.columns.filter(({ generated }) => generated === null);
  const common = stored.flatMap((column) => compareColumn(source, target, column));
  const names = new Set(stored.map(({ name }) => foldCase(name)));
  const extra = target.columns.filter(({ name }) => !names.has(foldCase(name)));
  return [
    ...common,
    ...extra.flatMap((column) => extraColumn(target, column)),
    ...compareKeys(source, target),
  ];
}

/** The terms of a full-text table without text are of use only to one that is made alike. */
function compareContentless(source: TableSchema, target: LiveTable): Difference | null {
  if (!hasTerms(source) && !hasTerms(target)) return null;
  const alike = (sql: string) => sql.slice(sql.search(/\busing\b/i)).replaceAll(/\s+/g, " ");
  if (source.fts5 === target.fts5 && alike(source.sql) === alike(target.sql)) return null;
  return {
    table: target.name,
    message: `"${target.name}" is a full-text table without text (content=''), and not made alike on both sides`,
    ...because("fulltext-tables-differ"),
  };
}

function compareColumn(
  source: TableSchema,
  target: LiveTable,
  column: TableSchema["columns"][number],
): Difference[] {
  const place = { table: target.name, column: column.name };
  const named = `"${target.name}"."${column.name}"`;
  const live = target.columns.find(({ name }) => foldCase(name) === foldCase(column.name));
  if (live === undefined) {
    return [
      {
        ...place,
        message: `it has no column ${named}`,
        ...because("column-missing"),
        addColumn: addColumn(target.name, column),
      },
    ];
  }
  if (live.generated !== null)
    return [{ ...place, message: `${named} is computed by the target: its values stay behind` }];
  return [...compareTypes({ source, column }, { target, live }), ...compareNulls(column, live, named)].map(
    (message) => ({ ...place, message }),
  );
}

type Column = TableSchema["columns"][number];

function compareTypes(
  { source, column }: { source: TableSchema; column: Column },
  { target, live }: { target: LiveTable; live: Column },
): string[] {
  const types = [affinityOf(column.type, source), affinityOf(live.type, target)];
  const stricter = target.strict && !source.strict;
  if (types[0] === types[1] && !stricter) return [];
  const from = column.type || "without a type";
  const to = live.type || "without a type";
  const strict = target.strict ? " (STRICT: what cannot be converted is refused)" : "";
  return [
    `"${target.name}"."${live.name}" is ${to} at the target and ${from} in the archive: values are converted as SQLite does${strict}`,
  ];
}

function compareNulls(column: Column, live: Column, named: string): string[] {
  const mayBeNull = !column.notNull && column.primaryKey === 0;
  if (!live.notNull || !mayBeNull) return [];
  return [`${named} is NOT NULL at the target only: a row with NULL there is refused, and with it the sync`];
}

/** What to type at the target. A column of rows that are there already needs a default, if it may not be NULL. */
export function addColumn(table: string, { name, type, notNull, default: dflt }: Column): string {
  const value =
    dflt === null ? (notNull ? " NOT NULL DEFAULT …" : "") : `${notNull ? " NOT NULL" : ""} DEFAULT ${dflt}`;
  return `ALTER TABLE ${quote(table)} ADD COLUMN ${quote(name)}${type === "" ? "" : ` ${type}`}${value};`;
}

function because(reason: Refusal): Required<Pick<Difference, "code" | "reason">> {
  return { code: REFUSALS[reason], reason };
}

function extraColumn(target: LiveTable, column: LiveTable["columns"][number]): Difference[] {
  const place = { table: target.name, column: column.name };
  const named = `"${target.name}"."${column.name}"`;
  if (column.generated !== null) return [];
  if (column.notNull && column.default === null) {
    return [
      {
        ...place,
        message: `${named} is NOT NULL without a default, and the archive does not have it`,
        ...because("column-without-default"),
        addColumn: addColumn(target.name, column),
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
  const [from, to] = keys.map((columns) => foldCase(columns.join(", ")));
  if (from === to) return [];
  const names = new Set(source.columns.map(({ name }) => foldCase(name)));
  const key = target.key.columns.join(", ");
  if (target.key.kind === "primary" && target.key.columns.every((name) => names.has(foldCase(name)))) {
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
      ...because("keys-differ"),
    },
  ];
}
