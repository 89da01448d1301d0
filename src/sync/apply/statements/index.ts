export { changeStatements, clearFullText, deleteRows, rebuildFullText } from "./change-rows.ts";
export { commitStatements, committedResults, recordResults } from "./commit.ts";
export { canReturn } from "./displace-rows.ts";
export { guardOrphans, guardStatements, tablesReadBack } from "./guards.ts";
export { sequenceStatements } from "./lift-sequences.ts";
export { type ApplyRequest, tablesOf } from "./request.ts";
export { suspendObjects } from "./suspend-objects.ts";
export { upsertStatements } from "./upsert.ts";
