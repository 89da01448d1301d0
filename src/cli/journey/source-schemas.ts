import type { TableSchema } from "../../archive/types.ts";
import type { ComparedPlace } from "../../diff/index.ts";

/** Of all tables, as an archive describes them. */
export async function schemasOf(place: ComparedPlace): Promise<Map<string, TableSchema>> {
  const { tables } = await place.describe({ schemas: true });
  return new Map(
    tables.flatMap(({ name, schema }) => (schema === undefined ? [] : [[name, schema] as const])),
  );
}
