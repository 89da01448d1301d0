export { byRowid, chooseTables, emptyNote, type TableChoice } from "./choose-tables.ts";
export { compareSchemas, settleDifferences } from "./compare-schemas.ts";
export { type Creation, NOTHING_TO_CREATE, planCreation } from "./create-tables.ts";
export { isInternal } from "./left-out.ts";
export { mapTable, requireColumns, type TableMapping, withSourceKeys } from "./map-table.ts";
export { isNamed, wantedTables } from "./wanted-tables.ts";
