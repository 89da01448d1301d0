import { pickRunOptions } from "../../api/run-options.ts";
import { wantedTables } from "../schema/index.ts";
import type { FrameSource } from "../source/index.ts";
import type { RunRequest } from "./options.ts";
import type { RunDetails } from "./record.ts";

/** A run that nothing was done for. `owner` is whose it is. @default nobody's */
export function freshDetails(asked: RunRequest, owner: string | null = null): RunDetails {
  return {
    owner,
    request: mergeRequest({ mode: "merge", onConflict: "fail", atomic: "auto" }, asked),
    version: null,
    kind: null,
    tables: [],
    totalRows: null,
    contents: {},
    created: [],
    staged: false,
    plan: null,
    displacedAt: [],
    verifiedFrames: 0,
    verifiedRows: 0,
    verified: false,
    notes: [],
    error: null,
    completedAt: null,
  };
}

/** What was asked earlier, with what is asked now over it. */
export function mergeRequest(kept: RunDetails["request"], asked: RunRequest): RunDetails["request"] {
  return { ...kept, ...pickRunOptions(asked) };
}

/** True when the two requests stage different tables. */
export function choosesOtherTables(left: RunRequest, right: RunRequest): boolean {
  return JSON.stringify([left.tables, left.exclude]) !== JSON.stringify([right.tables, right.exclude]);
}

/** What a source's outline tells about a run. */
export function outlineDetails({ outline }: FrameSource, { request }: RunDetails): Partial<RunDetails> {
  const wanted = wantedTables(request);
  return {
    kind: outline.kind,
    version: request.version ?? outline.version ?? 1,
    tables: outline.tables.filter(wanted),
    totalRows: outline.totalRows,
    contents: Object.fromEntries(Object.entries(outline.contents).filter(([table]) => wanted(table))),
  };
}
