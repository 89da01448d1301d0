import type { OtherSchema } from "../../../archive/types.ts";
import type { Statement } from "../../../database/port.ts";
import { quote } from "../../../database/sql/syntax.ts";
import { type ApplyRequest, changedTables } from "./request.ts";

/** Takes the tables' triggers, and the indexes that are to be suspended, away, and puts them back as they were. */
export function suspendObjects(request: ApplyRequest): { suspend: Statement[]; resume: Statement[] } {
  const objects = suspended(request);
  return {
    suspend: objects.map(({ type, name }) => ({ sql: `DROP ${type.toUpperCase()} ${quote(name)}` })),
    resume: objects.map(({ sql }) => ({ sql })),
  };
}

/**
 * In SQL, the number of objects that would be suspended and are otherwise than they were read: a migration has made,
 * changed or dropped them since, which must neither fire for the rows nor be taken back. `param` is `objectsAsRead`.
 */
export const changedObjects = (param: string): string => `(WITH live AS (SELECT name, sql FROM sqlite_schema
    WHERE type = 'trigger' AND tbl_name COLLATE NOCASE IN (SELECT value FROM json_each(${param} -> 'tables'))
      OR type = 'index' AND name IN (SELECT value FROM json_each(${param} -> 'indexes'))),
  read AS (SELECT value ->> 0, value ->> 1 FROM json_each(${param} -> 'objects'))
  SELECT count(*) FROM (SELECT * FROM (SELECT * FROM live EXCEPT SELECT * FROM read)
    UNION ALL SELECT * FROM (SELECT * FROM read EXCEPT SELECT * FROM live)))`;

/** The JSON of what `changedObjects` compares with. */
export function objectsAsRead(request: ApplyRequest): string {
  const objects = suspended(request);
  return JSON.stringify({
    tables: changedTables(request).map(({ name }) => name),
    indexes: request.displaced.suspendedIndexes ?? [],
    objects: objects.map(({ name, sql }) => [name, sql]),
  });
}

function suspended(request: ApplyRequest): OtherSchema[] {
  const {
    target: { schema },
    displaced: { suspendedIndexes = [] },
  } = request;
  const affected = new Set(changedTables(request).map(({ name }) => name));
  return schema.others.filter(
    ({ type, table, name }) => affected.has(table) && (type === "trigger" || suspendedIndexes.includes(name)),
  );
}
