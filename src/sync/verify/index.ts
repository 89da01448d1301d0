/*
 * Reads back what was committed, and completes the run.
 *
 * In come the source's frames and the tables that can be compared by hash; out comes a run that is
 * `completed`. The target is read by the code that exports it, which shares
 * nothing with the SQL that wrote the rows. The verdict has fallen before, in the transaction that wrote them: what
 * is otherwise now is counted as changed since, and fails nothing. It changes nothing but the run's record, which counts the
 * frames that are right: a crash costs those that were read since the driver took the run. Staged rows go
 * with the last step, in one transaction with the completion.
 */

export { completeUnchanged } from "./complete-unchanged.ts";
export { verifyRun } from "./verify-run.ts";
