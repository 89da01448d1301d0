import type { NumberedFrame } from "../../archive/reader.ts";
import { findSchemaTable } from "../../archive/schema-tables.ts";
import { withTerms } from "../../database/fts5/contentless-rows.ts";
import type { Statement } from "../../database/port.ts";
import { inRange } from "../../database/sql/key-range.ts";
import { Params } from "../../database/sql/params.ts";
import type { Scalar } from "../../database/sql/scalars.ts";
import { quote } from "../../database/sql/syntax.ts";
import { FerryError } from "../../errors.ts";
import type { CyclicKeys } from "../compare/index.ts";
import {
  conflictSites,
  isCleared,
  newTableOrphans,
  notStaged,
  replacedCounts,
  rowScalars,
  wrongScalars,
} from "../compare/index.ts";
import { framesOf } from "../source/index.ts";
import type { SliceLimits, StagedPart, StagedTable, TableSlice } from "../stage/index.ts";
import { cutSlices, hasKey, narrowTable, narrowToFrames } from "../stage/index.ts";
import {
  type ApplyRequest,
  changeStatements,
  deleteRows,
  guardOrphans,
  guardStatements,
  recordResults,
  suspendObjects,
  tablesOf,
} from "./statements/index.ts";

/** What one transaction of many transactions does. */
export interface FrameStep {
  /** What the run's mark becomes with it: the last place that it covers. */
  mark: string;
  /** Made when it is the step's turn: a request that goes on with a long run has no time for all of them. */
  statements(): Statement[];
}

/**
 * Three passes, one after the other: `rows` writes all rows, `cyclic-keys` writes those again whose
 * foreign keys were left empty, `deletes` deletes, in a mirror.
 */
type Pass = "rows" | "cyclic-keys" | "deletes";

/** Staged rows that one transaction carries, and entries in tables and indexes: about a second. */
const TRANSACTION_BYTES = 8_000_000;

const TRANSACTION_WRITES = 50_000;

/** Staged rows whose keys one delete looks through: nothing else of them is read. */
const DELETE_BYTES = 32_000_000;

/** What the steps are made from, besides the request. */
export interface StepSource {
  parts: readonly StagedPart[];
  cyclicKeys: CyclicKeys;
  /** The archive's frames by table, whose ranges say where a mirror may have to delete. */
  ranges: ReadonlyMap<string, readonly NumberedFrame[]>;
}

/**
 * The steps behind the mark `through`, parents before children, so that each transaction's foreign
 * keys hold; deletes the other way round.
 */
export function frameSteps(
  request: ApplyRequest,
  { parts, cyclicKeys, ranges }: StepSource,
  through: string | null,
): FrameStep[] {
  const { order } = request.target;
  const rows = order.flatMap((name) => keyedFirst(tableOf(request, name), parts));
  const deletes =
    request.rules.mode === "mirror"
      ? order.toReversed().flatMap((table) => deletable(request, table, ranges.get(table)))
      : [];
  const passes: { pass: Pass; list: StagedPart[] }[] = [
    { pass: "rows", list: rows },
    { pass: "cyclic-keys", list: rows.filter(({ table }) => cyclicKeys.has(table)) },
    { pass: "deletes", list: deletes },
  ];
  const all = passes.flatMap(({ pass, list }) =>
    list.map((part) => ({ pass, part, mark: markAt(pass, part) })),
  );
  const left = all.slice(through === null ? 0 : indexOf(all, through) + 1);
  return passes.flatMap(({ pass }) => {
    const pending = left.filter((entry) => entry.pass === pass).map(({ part }) => part);
    return cutSlices(pending, limitsOf(request, pass)).map((slice) => ({
      mark: markAt(pass, { table: slice.table, ...slice.through }),
      statements: () =>
        sliceStatements(request, slice, { pass, cyclicKeys, ranges: ranges.get(slice.table) }),
    }));
  });
}

/** Rows without their table's key come last: the rowid that they are given must not be one that comes in. */
function keyedFirst(staged: StagedTable, parts: readonly StagedPart[]): StagedPart[] {
  const own = parts.filter(({ table }) => table === staged.table.name);
  const keyless = new Set(
    staged.shapes.filter((shape) => !hasKey({ staged, shape })).map(({ text }) => text),
  );
  return [
    ...own.filter(({ shape }) => !keyless.has(shape)),
    ...own.filter(({ shape }) => keyless.has(shape)),
  ];
}

/** How much one transaction of a pass carries. */
function limitsOf(request: ApplyRequest, pass: Pass): SliceLimits {
  const { sliceBytes } = request.inParts;
  if (pass === "deletes") return { bytes: sliceBytes ?? DELETE_BYTES };
  const rows = (table: string) => TRANSACTION_WRITES / (1 + tableOf(request, table).table.indexCount);
  return { bytes: sliceBytes ?? TRANSACTION_BYTES, rows };
}

function markAt(pass: Pass, { table, seq, part }: Pick<StagedPart, "table" | "seq" | "part">): string {
  return JSON.stringify({ pass, table, seq, part });
}

function indexOf(all: readonly { mark: string }[], through: string): number {
  const index = all.findIndex(({ mark }) => mark === through);
  if (index >= 0) return index;
  throw new FerryError(
    "INTERNAL",
    `The run's mark ${through} is not among what it staged. What was applied stays.`,
    {
      hint: "Drop the run and sync again: rows that are there already are not written twice.",
    },
  );
}

interface SlicePass {
  pass: Pass;
  cyclicKeys: CyclicKeys;
  /** The table's. */
  ranges: readonly NumberedFrame[] | undefined;
}

function sliceStatements(
  request: ApplyRequest,
  slice: TableSlice,
  { pass, cyclicKeys, ranges = [] }: SlicePass,
): Statement[] {
  if (pass === "deletes") return deleteSlice(request, slice, { cyclicKeys, ranges });
  // A row that points ahead is not yet what it should be; and of skipped rows only all of them tell.
  const complete =
    (pass === "cyclic-keys" || !cyclicKeys.has(slice.table)) && request.rules.onConflict !== "skip";
  const narrowed = narrowTo(request, slice);
  if (pass === "cyclic-keys") return writeSlice(narrowed, { counted: [], complete });
  const { staged, rules, inParts } = narrowed;
  const counted = [...rowScalars(staged, rules), ...replacedCounts(staged, rules)];
  return writeSlice({ ...narrowed, inParts: { ...inParts, pendingKeys: cyclicKeys } }, { counted, complete });
}

/** The request with nothing but a slice of the rows, and the displaced rows of that. */
function narrowTo(request: ApplyRequest, slice: TableSlice): ApplyRequest {
  const tables = [narrowTable(tableOf(request, slice.table), slice)];
  const displacing = new Set(request.displaced.sites.map(({ index }) => index));
  const sites = conflictSites(tables).filter(({ index }) => displacing.has(index));
  return {
    ...request,
    staged: { ...request.staged, tables },
    displaced: { ...request.displaced, sites },
  };
}

interface SliceChecks {
  /** What is counted into the run's results. */
  counted: readonly Scalar[];
  /** The rows are then as they were staged. */
  complete: boolean;
}

function writeSlice(request: ApplyRequest, { counted, complete }: SliceChecks): Statement[] {
  const { staged, rules } = request;
  const { suspend, resume } = suspendObjects(request);
  return withTerms(tablesOf(staged), [
    ...recordResults(staged.run, counted),
    ...suspend,
    ...changeStatements(request),
    ...resume,
    ...guardOrphans(request),
    ...(complete ? guardStatements(staged.run, "remaining", wrongScalars(staged, rules)) : []),
  ]);
}

/** What a mirror may have to delete in: an archive's frames, whose ranges say it; else the table as one. */
function deletable(
  request: ApplyRequest,
  name: string,
  ranges: readonly NumberedFrame[] | undefined,
): StagedPart[] {
  if (!mayDelete(request, name)) return [];
  const whole = { table: name, shape: "", seq: -1, part: 0, bytes: 0, rows: 0 };
  if (ranges === undefined) return [whole];
  return ranges.map(({ seq, entry: { rows, bytes } }) => ({ ...whole, seq, rows, bytes }));
}

function mayDelete(request: ApplyRequest, name: string): boolean {
  if ((request.plan[name]?.deleted ?? 1) === 0) return false;
  return !isCleared(tableOf(request, name), request.plan[name]);
}

/** The frames of the tables that a mirror may delete in. A table is left out where they are not of the target's key. */
export async function readDeletableRanges(request: ApplyRequest): Promise<StepSource["ranges"]> {
  const found = new Map<string, NumberedFrame[]>();
  const { frames, rules, target } = request;
  if (frames === null || rules.mode !== "mirror") return found;
  for (const name of target.order.filter((name) => mayDelete(request, name))) {
    const source = findSchemaTable(frames.schema ?? [], name);
    const { key } = tableOf(request, name).table;
    if (source?.key.columns.join("\n") !== key.columns.join("\n")) continue;
    found.set(name, await framesOf(frames.index, name));
  }
  return found;
}

function deleteSlice(
  request: ApplyRequest,
  { table: name, from, through }: TableSlice,
  { cyclicKeys, ranges }: { cyclicKeys: CyclicKeys; ranges: readonly NumberedFrame[] },
): Statement[] {
  const table = tableOf(request, name);
  const narrowed: ApplyRequest = { ...request, staged: { ...request.staged, tables: [table] } };
  const { suspend, resume } = suspendObjects(narrowed);
  // In a cycle no order has all children first, and a key that breaks at the commit would cost D1's connection.
  const children = [...cyclicKeys].filter(([, keys]) => keys.some(({ parent }) => parent === name));
  const guard = guardStatements(
    request.staged.run,
    "orphans",
    newTableOrphans(children.map(([child]) => child)),
  );
  const firstSeq = ranges[0]?.seq ?? 0;
  const [first, last] = [from, through].map(({ seq }) => ranges[seq - firstSeq]?.entry);
  if (first === undefined || last === undefined)
    return [...suspend, ...deleteRows(narrowed), ...resume, ...guard];
  const params = new Params();
  const key = table.table.key.columns.map((column) => `live.${quote(column)}`);
  const range = inRange(key, { after: first.after, through: last.through }, params);
  const surplus = notStaged(narrowToFrames(table, from.seq, through.seq), "live", params);
  const sql = `DELETE FROM ${quote(name)} AS live WHERE ${range} AND ${surplus}`;
  return [...suspend, { sql, params: params.values }, ...resume, ...guard];
}

function tableOf({ staged }: ApplyRequest, name: string): StagedTable {
  return staged.tables.find(({ table }) => table.name === name) as StagedTable;
}
