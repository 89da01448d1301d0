import { schemaTables } from "../../archive/schema-tables.ts";
import type { OtherSchema, SchemaObject, TableSchema } from "../../archive/types.ts";
import { rebuildStatement } from "../../database/fts5/rebuild.ts";
import { settingStatements } from "../../database/fts5/settings.ts";
import type { Statement } from "../../database/port.ts";
import { findTable, type LiveSchema, type LiveTable, rowidAlias } from "../../database/schema.ts";
import { countAutomaticIndexes } from "../../database/sql/automatic-indexes.ts";
import { foldCase } from "../../names.ts";
import { refuseForeignSchema } from "./check-objects.ts";

export interface Creation {
  /** The target's schema with the tables that will be there. */
  schema: LiveSchema;
  /** Tables that are not there yet. */
  missing: string[];
  /** Tables that this run makes, or has made. */
  tables: string[];
  /** Statements before the rows, and after them. */
  before: Statement[];
  after: Statement[];
  /** What those make. */
  objects: SchemaObject[];
  /** All that is new with this run, also what an earlier transaction of it made: enough to make it somewhere else. */
  whole: SchemaObject[];
  /** What is not made unless all is: triggers, and views. */
  withheld: SchemaObject[];
}

export const NOTHING_TO_CREATE = (schema: LiveSchema): Creation => ({
  schema,
  missing: [],
  tables: [],
  before: [],
  after: [],
  objects: [],
  whole: [],
  withheld: [],
});

export interface CreationOptions {
  /** Which of the source's tables travel. */
  wanted(table: string): boolean;
  /** Tables that this run made earlier and has not finished. */
  begun: readonly string[];
  /** Triggers and views too: they go on doing something in a database that is there already. */
  all: boolean;
}

/**
 * Plans the tables that the target lacks, and what belongs to them. Rows go in before indexes and
 * triggers exist. Rejects where one of them would do anything but make itself.
 */
export function planCreation(
  schema: LiveSchema,
  source: readonly SchemaObject[],
  { wanted, begun, all }: CreationOptions,
): Creation {
  const missing = schemaTables(source).filter(
    ({ name }) => wanted(name) && findTable(schema.tables, name) === undefined,
  );
  const names = new Set([...begun, ...missing.map(({ name }) => name)]);
  const lacking = missingObjects(schema, source, names);
  refuseForeignSchema([...missing, ...lacking], source);
  const others = lacking.filter((object) => all || !needsAll(object));
  const tables = new Map(schema.tables);
  const indexes = new Map<string, number>();
  for (const object of source)
    if (object.type === "index") indexes.set(object.table, (indexes.get(object.table) ?? 0) + 1);
  for (const table of missing) tables.set(table.name, plannedTable(table, indexes.get(table.name) ?? 0));
  return {
    schema: { ...schema, tables },
    missing: missing.map(({ name }) => name),
    tables: [...names],
    before: missing.flatMap((table) => [{ sql: table.sql }, ...settingStatements(table)]),
    after: others.flatMap((object) =>
      object.type === "virtual"
        ? [{ sql: object.sql }, ...settingStatements(object), ...rebuildStatement(object)]
        : [{ sql: object.sql }],
    ),
    objects: [...missing, ...others],
    whole: [...schemaTables(source).filter(({ name }) => names.has(name)), ...others],
    withheld: lacking.filter((object) => !others.includes(object)),
  };
}

const needsAll = ({ type }: SchemaObject): boolean => type === "trigger" || type === "view";

/** What the run leaves out, by name, and what to ask for. */
export function withheldNotes({ withheld }: Creation): string[] {
  if (withheld.length === 0) return [];
  const names = withheld.map(({ type, name }) => `${type} "${name}"`).join(", ");
  return [`not created: ${names}. --create=all ("create": "all") creates triggers and views, too`];
}

/** Views, and what belongs to the tables that the run makes, as far as the target lacks it; in the order in which it can be made. */
function missingObjects(
  { tables, others: live }: LiveSchema,
  source: readonly SchemaObject[],
  names: ReadonlySet<string>,
): SchemaObject[] {
  // Views are made with any table, and with them their triggers; also where the source has nothing else.
  const withViews = names.size > 0 || source.every(({ type }) => type !== "table");
  const views = source.filter(({ type }) => type === "view").map(({ name }) => name);
  const made = new Set([...names, ...(withViews ? views : [])]);
  const present = new Set([...live, ...tables.values()].map(spaceAndName));
  const others = source.filter(
    (object) =>
      object.type !== "table" &&
      !present.has(spaceAndName(object)) &&
      (standsAlone(object) ? withViews : made.has(object.table)),
  );
  const order = ["index", "view", "virtual", "trigger"];
  return others.sort((a, b) => order.indexOf(a.type) - order.indexOf(b.type));
}

/** A view, or a virtual table over no other. A trigger may have its table's name. */
function standsAlone({ type, name, table }: OtherSchema): boolean {
  return type === "view" || (type === "virtual" && table === name);
}

/** Triggers have a name space of their own; letters' case aside. */
function spaceAndName({ type, name }: { type: string; name: string }): string {
  return `${type === "trigger" ? "trigger" : "object"} ${foldCase(name)}`;
}

/** A table that the target lacks and the run creates, as if it were there. `indexes` are those with SQL of their own. */
export function plannedTable(table: TableSchema, indexes: number): LiveTable {
  const alias = table.withoutRowid ? null : rowidAlias(table.columns);
  const automatic =
    table.fts5 === undefined ? countAutomaticIndexes(table.sql, { rowidIsKey: alias !== null }) : 0;
  return {
    ...table,
    kind: table.fts5 ? "virtual" : "table",
    rowidAlias: alias,
    uniqueIndexes: [],
    indexCount: indexes + automatic,
    foreignKeys: [],
  };
}
