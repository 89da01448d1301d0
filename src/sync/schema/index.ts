/*
 * Tables and columns: which of them travel, where they go, and whether they fit.
 *
 * In come the live schema, the schema that an archive brings, and what was asked for; out come the chosen
 * tables, for each incoming table the live one with its columns, the differences, and the statements that
 * make what the target lacks. Nothing here reads a row or changes anything. So every refusal of this room
 * comes before the first row is staged, and a crash leaves nothing.
 */

export { foreignSchema, refuseByRehearsal } from "./check-objects.ts";
export { byRowid, chooseTables, emptyNote, type TableChoice } from "./choose-tables.ts";
export { compareKeyed } from "./compare-keyed.ts";
export { addColumn, compareSchemas, settleDifferences } from "./compare-schemas.ts";
export { type Creation, NOTHING_TO_CREATE, planCreation, withheldNotes } from "./create-tables.ts";
export { type HeldBack, heldBackNotes, heldBackTables } from "./held-back.ts";
export { isInternal } from "./left-out.ts";
export {
  mapTable,
  nameInTarget,
  requireColumns,
  requireWhole,
  type TableMapping,
  withSourceKeys,
} from "./map-table.ts";
export { refuseMissingParents } from "./missing-parents.ts";
export { type LackingColumn, type PlannedColumns, planColumns } from "./plan-columns.ts";
export { isNamed, wantedTables } from "./wanted-tables.ts";
