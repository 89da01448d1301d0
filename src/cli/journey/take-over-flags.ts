import { isUndoKey } from "../../bucket/keys.ts";
import type { StatusAnswer } from "../../client/answers.ts";
import type { RunRequest } from "../../sync/run/index.ts";
import { countingVersions } from "../options/run-options.ts";

/** What the command line says to a run that somebody else may have begun: it keeps the version that it was begun with. */
export function takeOverFlags<T extends RunRequest>(flags: T, { syncKey, mode }: StatusAnswer["status"]): T {
  const isBegun = mode !== null;
  return isBegun || isUndoKey(syncKey) ? flags : countingVersions(flags);
}
