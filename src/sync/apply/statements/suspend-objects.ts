import type { Statement } from "../../../database/port.ts";
import { quote } from "../../../database/sql/syntax.ts";
import { type ApplyRequest, changedTables } from "./request.ts";

/** Takes the tables' triggers, and the indexes that are to be suspended, away, and puts them back as they were. */
export function suspendObjects(request: ApplyRequest): { suspend: Statement[]; resume: Statement[] } {
  const {
    target: { schema },
    displaced: { suspendedIndexes = [] },
  } = request;
  const affected = new Set(changedTables(request).map(({ name }) => name));
  const objects = schema.others.filter(
    ({ type, table, name }) => affected.has(table) && (type === "trigger" || suspendedIndexes.includes(name)),
  );
  return {
    suspend: objects.map(({ type, name }) => ({ sql: `DROP ${type.toUpperCase()} ${quote(name)}` })),
    resume: objects.map(({ sql }) => ({ sql })),
  };
}
