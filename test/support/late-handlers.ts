/**
 * At older compatibility dates (before `unhandled_rejection_after_microtask_checkpoint`) workerd calls a rejection
 * unhandled before the microtasks have run in which its handler comes. Vitest hears of those that have none then.
 */
type Listener = (reason: unknown, promise: Promise<unknown>) => void;

const listeners = process.listeners("unhandledRejection") as Listener[];
const waiting = new Set<Promise<unknown>>();
process.removeAllListeners("unhandledRejection");
process.on("unhandledRejection", (reason, promise) => {
  waiting.add(promise);
  setTimeout(() => {
    if (waiting.delete(promise)) for (const listener of listeners) listener(reason, promise);
  });
});
process.on("rejectionHandled", (promise) => waiting.delete(promise));
