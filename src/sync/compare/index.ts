export { isCleared } from "./cleared-tables.ts";
export {
  type ConflictRules,
  type ConflictSite,
  conflictSites,
  displacedJoin,
  givesWay,
  isDisplaced,
  isPartialOrExpression,
  listConflicts,
  withoutConflict,
} from "./conflicts.ts";
export { countScalars, liveScalars, replacedCounts, rowScalars } from "./count-changes.ts";
export { type CyclicKeys, cellOnceParentIsThere, findCyclicKeys } from "./cyclic-keys.ts";
export { notStaged } from "./not-staged.ts";
export { isOrphan, newTableOrphans, orphanScalars } from "./orphans.ts";
export { type VerifiableTable, verifiableTables } from "./readable-back.ts";
export { remainingScalars, surplusScalars, wrongScalars } from "./remaining.ts";
export { differs } from "./row-differs.ts";
export { childrenFirst } from "./table-order.ts";
