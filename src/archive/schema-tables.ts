import type { SchemaObject, TableSchema } from "./types.ts";

/** The tables of a source's schema. */
export function schemaTables(schema: readonly SchemaObject[]): TableSchema[] {
  return schema.filter((object) => object.type === "table");
}

/** One of them, by its exact name. */
export function findSchemaTable(schema: readonly SchemaObject[], name: string): TableSchema | undefined {
  return schemaTables(schema).find((table) => table.name === name);
}
