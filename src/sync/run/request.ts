import { pickRunOptions } from "../../api/run-options.ts";
import type { FrameSource } from "../source/index.ts";
import type { RunRequest } from "./options.ts";
import type { RunDetails } from "./record.ts";

/** A run that nothing was done for: whose it is, nobody's by default, and which one it undoes. */
export function freshDetails(
  asked: RunRequest,
  { owner = null, undoes }: { owner?: string | null | undefined; undoes?: string | undefined } = {},
): RunDetails {
  return {
    owner,
    secret: crypto.randomUUID(),
    ...(undoes === undefined ? {} : { undoes }),
    request: mergeRequest({ mode: "merge", onConflict: "fail", atomic: "auto" }, asked),
    version: null,
    kind: null,
    tables: [],
    totalRows: null,
    contents: {},
    heldBack: [],
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
  const choice = ({ tables, exclude, include, all }: RunRequest) =>
    JSON.stringify([tables, exclude, include, all]);
  return choice(left) !== choice(right);
}

/**
 * The version that a run records: as it was asked for, else the document's, else 1. Null where the history counts: the
 * transaction that writes the rows takes the next one. A plain document that is read on from its middle says none: the run
 * knows it from the beginning.
 */
export function versionOf(
  { request, undoes, version: known }: Pick<RunDetails, "request" | "undoes" | "version">,
  { version }: Pick<FrameSource["outline"], "version">,
  { keepsHistory }: { keepsHistory: boolean },
): number | null {
  if (request.version === null && keepsHistory && undoes === undefined) return null;
  return request.version ?? version ?? known ?? 1;
}

/** What a source's outline tells about a run. */
export function outlineDetails(
  { outline, origin }: FrameSource,
  wanted: (table: string) => boolean,
): Partial<RunDetails> {
  return {
    kind: outline.kind,
    source: origin === null ? null : shortSource(origin),
    ...(outline.parts === undefined ? {} : { parts: outline.parts }),
    ...(outline.frames === undefined ? {} : { sourceFrames: outline.frames }),
    ...(outline.merged === undefined ? {} : { merged: outline.merged }),
    tables: outline.tables.filter(wanted),
    totalRows: outline.totalRows,
    contents: Object.fromEntries(Object.entries(outline.contents).filter(([table]) => wanted(table))),
  };
}

/** Characters of each word that a source says of itself: it may say anything. */
const SOURCE_LENGTH = 200;

function shortSource({
  engine,
  name,
}: NonNullable<FrameSource["origin"]>): NonNullable<RunDetails["source"]> {
  const short = (text: string) => text.slice(0, SOURCE_LENGTH);
  return { engine: short(engine), ...(name === undefined ? {} : { name: short(name) }) };
}

/** True where the document under the run's key is not the one that it was begun with. */
export function isOtherSource(
  { kind, parts, sourceBytes, sourceFrames, contents }: RunDetails,
  { outline }: FrameSource,
  bytes: number,
): boolean {
  if (kind === null || sourceBytes === undefined) return false;
  const known = Object.entries(outline.contents);
  return (
    bytes !== sourceBytes ||
    outline.kind !== kind ||
    outline.parts !== parts ||
    outline.frames !== sourceFrames ||
    // A table may be called __proto__.
    known.some(([table, hash]) => Object.hasOwn(contents, table) && contents[table] !== hash)
  );
}
