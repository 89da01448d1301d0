import type { Target } from "../targets/target.ts";

/** The target; `tell` is called, and waited for, each time that a run is about to be applied there. */
export function beforeApplying(target: Target, tell: () => void | Promise<void>): Target {
  return {
    ...target,
    async drive(key, options, onProgress) {
      if (!options.dryRun) await tell();
      return target.drive(key, options, onProgress);
    },
    async handOver(key, options) {
      await tell();
      return target.handOver(key, options);
    },
  };
}
