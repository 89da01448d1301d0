/*
 * Keeps rows as they were before a run, so that the run can be undone.
 *
 * In come a confirmed plan and its lists; out comes an archive of kind "before-images" in the store that the caller
 * named, and in the run's record the key it has there. It says of each table that the plan changes which rows are written
 * over or deleted, whole, and what the run makes. Nothing of the database is written. A crash leaves an archive that is
 * not finished, or one that no record names: the next driver writes it again, under the same key.
 */

export { forgetImages, keepImages, type PlannedImages } from "./keep-images.ts";
