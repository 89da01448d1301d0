/*
 * How staged rows differ from live ones, in SQL.
 *
 * In come staged rows and the rules of the run; out comes SQL, mostly scalars: what would change, which
 * unique values collide, which rows point to nothing, what still differs; and the statements that list the rows of a
 * plan. Plan and apply ask by the same functions, the one ahead and the other inside its transaction, so that
 * what was promised and what is done cannot be found in two ways. Values are compared as the live column compares
 * them, and then byte for byte. Nothing here writes a table of the user's.
 */

export {
  type BrokenRows,
  type Deletes,
  findBereft,
  findFollowing,
  findReached,
  pointsToNothing,
  reachesRows,
  takesValueAway,
} from "./broken-references.ts";
export { isCleared, leftOver, willBeCleared } from "./cleared-tables.ts";
export {
  type ConflictRules,
  type ConflictSite,
  conflictSites,
  displacedJoin,
  givesWay,
  isDeleted,
  isDisplaced,
  isPartialOrExpression,
  listConflicts,
  mayDelete,
  withoutConflict,
} from "./conflicts.ts";
export { contentOf, isKnownByContent } from "./content.ts";
export { liveScalars, rowScalars } from "./count-changes.ts";
export { type CyclicKeys, cellOnceParentIsThere, keysWrittenLater } from "./cyclic-keys.ts";
export { constantDefault, defaultsOf } from "./defaults.ts";
export { findFollowers, isFollowing, mayChangeParent, type Updates } from "./followers.ts";
export { forgetWrites, isListed, listAll, listedEntry, listWrites, updateScalars } from "./list-changes.ts";
export { missingOf } from "./missing-of.ts";
export { missingRows } from "./missing-rows.ts";
export { leavesByMirror, notStaged } from "./not-staged.ts";
export { isOrphan, newTableOrphans, orphanScalars } from "./orphans.ts";
export { foreignKeysOf, keysToOutside, type OutsideKey, outsideOrphans } from "./outside-keys.ts";
export {
  ownReferences,
  pointToKey,
  type ReferencesAsked,
  selectKeyRanges,
  selectReferences,
} from "./own-references.ts";
export { type VerifiableTable, verifiableTables, verificationOf } from "./readable-back.ts";
export { remainingScalars, type TableChange, wasEmpty, wrongScalars } from "./remaining.ts";
export { columnDiffers, differs, signsDiffer } from "./row-differs.ts";
export { inOrder, type KeyToRow, parentsFirst } from "./table-groups.ts";
export {
  exchanges,
  type RowsInParts,
  refuseLargeUnits,
  type Unit,
  unitsToDelete,
  unitsToWrite,
} from "./units.ts";
