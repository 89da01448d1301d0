/*
 * Makes the live tables what the run says, exactly once.
 *
 * In come the staged rows and a confirmed plan; out come the results, counted in the transactions that made
 * them. One transaction carries all of it (one-transaction.ts), or each carries a few frames
 * (many-transactions.ts, cut by transaction-steps.ts). Either way guards stand before each commit, and the
 * run counts as applied only when what is there compares equal to the staged rows.
 *
 * One transaction: a crash leaves the tables as they were, or the run applied. Many: each moves the run's
 * mark from where its driver saw it, so a crash leaves whole steps, the next driver goes on behind the
 * mark, and of two drivers one fails. Where the answer to a commit is lost, the record says what became of
 * it. What SQLite refuses is explained by diagnose.ts.
 */

export { applyRun, prepareApply } from "./apply-run.ts";
export { haveTriggersChanged } from "./diagnose.ts";
