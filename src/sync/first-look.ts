import { momentNotes } from "../archive/moment-notes.ts";
import type { ByteSource } from "../archive/types.ts";
import type { LiveSchema } from "../database/schema.ts";
import { leftNotes } from "./leave-known.ts";
import {
  outlineDetails,
  type RunContext,
  type RunDetails,
  type RunRecord,
  refuseAllHeldBack,
  refuseNonsense,
} from "./run/index.ts";
import {
  type Creation,
  compareKeyed,
  compareSchemas,
  heldBackNotes,
  heldBackTables,
  NOTHING_TO_CREATE,
  planCreation,
  refuseMissingParents,
  settleDifferences,
  wantedTables,
  withheldNotes,
  withSourceKeys,
} from "./schema/index.ts";
import { type FrameSource, openFrameSource } from "./source/index.ts";

/* What a run finds out of its source and its target before a row is staged. */

/** Reads what a source says of itself: its kind, its tables, its schema where it has one. */
export function openSource(
  {
    database,
    budget,
    options: { undoes, acceptsParts = [undoes === undefined ? "delta" : "before-images"] },
  }: RunContext,
  { details }: RunRecord,
  bytes: ByteSource,
): Promise<FrameSource> {
  const { maxRowBytes } = database.capabilities;
  return openFrameSource(bytes, { known: details.kind, bytes: budget.bytes, maxRowBytes, acceptsParts });
}

/** What a source tells before its rows are read. Rejects where it is nothing to import; the next call looks again. */
export function firstLook(details: RunDetails, source: FrameSource, live: LiveSchema): RunDetails {
  const { schema, outline } = source;
  const heldBack = heldBackTables(details.request, { tables: outline.tables, schema, live });
  const wanted = wantedTables(details.request, heldBack);
  const found = { ...details, heldBack, ...outlineDetails(source, wanted) };
  refuseNonsense(found, outline.tables);
  refuseAllHeldBack(found);
  return found;
}

/** Which of the source's tables travel: as it was decided when the run began, whatever a migration did since. */
export function wantedOf({ request, heldBack, left = [] }: RunRecord["details"]): (table: string) => boolean {
  const wanted = wantedTables(request, heldBack);
  return left.length === 0 ? wanted : (table) => wanted(table) && !left.includes(table);
}

/** The target's schema as the run sees it, and what the run makes there. Rejects where the schemas do not fit. */
export function settleSchema(
  { details, applied }: RunRecord,
  live: LiveSchema,
  source: FrameSource,
): Creation {
  const target = withSourceKeys(live, source.schema ?? []);
  if (applied) return NOTHING_TO_CREATE(target);
  const held = [...heldBackNotes(details.heldBack), ...leftNotes(details)];
  if (source.schema === null) {
    details.notes = held;
    return NOTHING_TO_CREATE(target);
  }
  const wanted = wantedOf(details);
  const keyed = details.parts !== undefined;
  // Single rows of a table say too little to make it.
  const create = keyed ? false : (details.request.create ?? false);
  const isNew = details.created.length === 0;
  if (isNew)
    details.notes = [
      ...held,
      ...momentNotes(source.moment).map((note) => `the archive is ${note}`),
      ...settleDifferences(
        keyed
          ? compareKeyed(source.schema, { target, wanted: (name) => details.tables.includes(name) })
          : compareSchemas(source.schema, live, { wanted, create: create !== false }),
      ),
    ];
  if (create === false) return NOTHING_TO_CREATE(target);
  const creation = planCreation(target, source.schema, {
    wanted,
    begun: details.created,
    all: create === "all",
  });
  if (isNew) details.notes.push(...withheldNotes(creation));
  return creation;
}

/** Looks for what the travelling tables refer to, before a row is staged. */
export async function settleParents(
  { database }: RunContext,
  { details }: RunRecord,
  creation: Creation,
): Promise<void> {
  const { tables: travelling, heldBack, notes } = details;
  const more = await refuseMissingParents(database, { creation, travelling, heldBack });
  details.notes = [...new Set([...notes, ...more])];
}
