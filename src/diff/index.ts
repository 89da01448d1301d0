/*
 * Comparing two places: which rows and cells of their tables differ. Both answer the same questions (questions.ts), a
 * database here or an app that asks its own, and nothing is written in either.
 */

export { columnsSum, keyOf } from "./answer-questions.ts";
export { askAhead } from "./ask-ahead.ts";
export { startOfCall } from "./ask-together.ts";
export {
  type ComparedPlaces,
  type ComparePlacesOptions,
  comparePlaces,
  newSalt,
  type RowFilter,
  type TableDifference,
} from "./compare-places.ts";
export {
  type ComparedSides,
  type ComparisonPlace,
  compareSides,
  keyCells,
  type Side,
} from "./compare-sides.ts";
export { type AnySide, hashQuestion } from "./compare-table.ts";
export type { WholeDifference } from "./compare-whole.ts";
export { type DatabasePlaceOptions, databasePlace } from "./database-place.ts";
export { describeArchive } from "./describe-archive.ts";
export { describeDatabase } from "./describe-database.ts";
export { type CompareKeys, keyOrder } from "./key-order.ts";
export type { LeafDigest, LeafDigests } from "./leaf-digests.ts";
export { isSameKey, leafRanges } from "./leaf-ranges.ts";
export {
  type BaseRow,
  type CellConflict,
  type Conflict,
  isDecided,
  isSameCell,
  type MergedRow,
  mergeRow,
  type OnEdit,
  type RowConflict,
} from "./merge-row.ts";
export type { DifferingRow } from "./merge-sources.ts";
export type { PairedTables, TablePair } from "./pair-tables.ts";
export {
  type Answer,
  type AskedColumns,
  type ComparedColumns,
  type ComparedPlace,
  type CutAnswer,
  type Description,
  type DescriptionAsked,
  type HashAnswer,
  type HashQuestion,
  keysIn,
  LEAF_BYTES,
  LEAVES_AT_ONCE,
  type Question,
  SMALLEST_LEAF_BYTES,
} from "./questions.ts";
export { readTable } from "./read-table.ts";
export { type RememberedPlace, rememberAnswers } from "./remember-answers.ts";
export { differingColumns, keyByColumn, type RowDifference } from "./row-difference.ts";
export { archiveSource, databaseSource } from "./row-sources.ts";
export { keyText } from "./same-key.ts";
export { readUnlessSame, type WholeTable, type WholeTableOptions, wholeColumns } from "./whole-table.ts";
