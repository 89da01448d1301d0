import type { DocumentHeader, OtherSchema, SchemaObject } from "../../archive/types.ts";
import { readFts5 } from "../../database/fts5/definition.ts";
import { readSettings } from "../../database/fts5/settings.ts";
import type { Database } from "../../database/port.ts";
import type { LiveSchema, LiveTable } from "../../database/schema.ts";
import { isInternal } from "../schema/index.ts";
import { archivedTable } from "./archived-table.ts";
import type { ContentlessTables } from "./contentless-tables.ts";
import type { ExportState } from "./export-state.ts";
import { readSequences } from "./read-sequences.ts";

/** What an export reads, and how far it is. */
export interface ExportedSource {
  schema: LiveSchema;
  /** The tables whose rows travel. */
  tables: readonly LiveTable[];
  contentless: ContentlessTables;
  state: ExportState;
  now: () => number;
}

/** The header of an archive: what it is of, and the schema that its rows belong to. */
export async function describeSource(
  database: Database,
  { schema, tables, contentless: { words, carriedEmpty }, state, now }: ExportedSource,
): Promise<DocumentHeader> {
  const { name, within } = state.asked;
  const sequences = await readSequences(database, schema, tables);
  // A view may tell of any table, so of a part of them none travels.
  const isWhole = within === undefined;
  const views = schema.others.filter(({ type }) => type === "view").map((view) => view.name);
  const names = new Set([...state.tables, ...(isWhole ? views : [])]);
  const others = schema.others.filter(
    ({ type, name, table }) =>
      !isInternal(name) && (names.has(table) || (isWhole && (type === "view" || table === name))),
  );
  const schemaObjects = [
    ...tables.map((table) => archivedTable(table, sequences.get(table.name), words.get(table.name))),
    ...[...carriedEmpty.keys()].map((name) => emptyTable(schema, name)),
    ...others,
  ];
  return {
    version: state.version,
    exportedAt: now(),
    source: { engine: database.engine, ...(name === undefined ? {} : { name }) },
    schema: await withSettings(database, schemaObjects),
  };
}

/** The objects, full-text tables with their settings. */
async function withSettings(database: Database, objects: readonly SchemaObject[]): Promise<SchemaObject[]> {
  const described: SchemaObject[] = [];
  for (const object of objects) {
    const searches = (object.type === "table" || object.type === "virtual") && readFts5(object.sql) !== null;
    const settings = searches ? await readSettings(database, object) : [];
    described.push(settings.length === 0 ? object : { ...object, settings });
  }
  return described;
}

/** A full-text table of which only the definition travels. */
function emptyTable({ tables }: LiveSchema, name: string): OtherSchema {
  return { type: "virtual", name, table: name, sql: tables.get(name)?.sql ?? "" };
}
