export { changeStatements, clearSearch, deleteRows, rebuildSearch } from "./change-rows.ts";
export { commitStatements, committedResults, recordResults } from "./commit.ts";
export { guardOrphans, guardStatements, readBack } from "./guards.ts";
export { sequenceStatements } from "./lift-sequences.ts";
export { canReturn } from "./park-holders.ts";
export { type ApplyRequest, tablesOf } from "./request.ts";
export { suspendObjects } from "./suspend-objects.ts";
export { upsertStatements } from "./upsert.ts";
