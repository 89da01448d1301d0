import { withTerms } from "../../database/fts5/contentless-rows.ts";
import type { Statement } from "../../database/port.ts";
import type { Scalar } from "../../database/sql/scalars.ts";
import { FerryError } from "../../errors.ts";
import {
  conflictSites,
  isCleared,
  newTableOrphans,
  type Unit,
  unitsToDelete,
  unitsToWrite,
  wrongScalars,
} from "../compare/index.ts";
import { deletedEntry, rowsEntry } from "../run/index.ts";
import type { SliceLimits, StagedPart, StagedTable, TableSlice } from "../stage/index.ts";
import { cutSlices, keyedFirst, narrowTable, narrowToPlaces, transactionSlices } from "../stage/index.ts";
import { inParts, onlyTables } from "./exchanges.ts";
import { secondAttempt } from "./second-attempt.ts";
import {
  type ApplyRequest,
  changedTables,
  changeStatements,
  deleteDisplaced,
  deleteStatements,
  guardCleared,
  guardOrphans,
  guardPlan,
  guardReached,
  guardStatements,
  guardStillThere,
  listTaken,
  movedScalars,
  recordResults,
  stillThereScalars,
  suspendObjects,
  updatesOf,
} from "./statements/index.ts";

/** What one transaction of many transactions does. */
export interface FrameStep {
  /** What the run's mark becomes with it: the last place that it covers. */
  mark: string;
  /** Made when it is the step's turn: a request that goes on with a long run has no time for all of them. */
  statements(): Statement[];
  /** Another way to do the same, where the database refused that with a message; null where there is none. */
  otherwise(message: string): Statement[] | null;
}

/** Two passes, one after the other: `rows` writes all rows, `deletes` deletes, in a mirror. */
type Pass = "rows" | "deletes";

/** Listed rows that one transaction deletes, bytes. */
const DELETE_BYTES = 32_000_000;

/** What the steps are made from, besides the request. */
export interface StepSource {
  /** Of the rows to write. */
  writes: readonly StagedPart[];
  /** Of the rows to delete. */
  deletes: readonly StagedPart[];
}

/**
 * The steps behind the mark `through`, parents before children, so that each transaction's foreign
 * keys hold; deletes the other way round.
 */
export function frameSteps(
  request: ApplyRequest,
  { writes, deletes }: StepSource,
  through: string | null,
): FrameStep[] {
  const rows = inParts(request);
  const units = [
    ...unitsToWrite(rows).map((unit) => ({
      pass: "rows" as const,
      unit,
      parts: unit.tables.flatMap((table) => keyedFirst(table, writes)),
    })),
    ...unitsToDelete(rows).map((unit) => ({
      pass: "deletes" as const,
      unit,
      parts: unit.tables.flatMap((list) => deletes.filter(({ table }) => table === list.table.name)),
    })),
  ];
  const marks = units.flatMap(({ pass, parts }) => parts.map((part) => markAt(pass, part)));
  let done = through === null ? 0 : indexOf(marks, through) + 1;
  return units.flatMap(({ pass, unit, parts }) => {
    const left = parts.slice(done);
    done = Math.max(0, done - parts.length);
    return stepsOf(request, pass, { unit, parts: left });
  });
}

function stepsOf(
  request: ApplyRequest,
  pass: Pass,
  { unit: { tables, isWhole }, parts }: { unit: Unit; parts: readonly StagedPart[] },
): FrameStep[] {
  const last = parts.at(-1);
  if (last === undefined) return [];
  if (isWhole) {
    const mark = markAt(pass, last);
    if (pass === "deletes")
      return [{ mark, statements: () => deleteLists(request, tables), otherwise: none }];
    const whole = onlyTables(request, tables);
    const otherwise = (message: string) => {
      const other = secondAttempt(whole, message);
      return other === null ? null : writeRows(other);
    };
    return [{ mark, statements: () => writeRows(whole), otherwise }];
  }
  return cutSlices(parts, limitsOf(request, pass)).map((slice) => ({
    mark: markAt(pass, { table: slice.table, ...slice.through }),
    statements: () =>
      pass === "rows"
        ? writeRows(narrowTo(request, slice))
        : deleteLists(request, [narrowTable(find(tables, slice.table) as StagedTable, slice)]),
    otherwise: none,
  }));
}

const none = () => null;

/** How much one transaction of a pass carries. */
function limitsOf({ listed, inParts: { sliceBytes } }: ApplyRequest, pass: Pass): SliceLimits {
  if (pass === "deletes") return { bytes: sliceBytes ?? DELETE_BYTES };
  return transactionSlices(listed.writes.tables, sliceBytes);
}

function find(tables: readonly StagedTable[], name: string): StagedTable | undefined {
  return tables.find(({ table }) => table.name === name);
}

function markAt(pass: Pass, { table, seq, part }: Pick<StagedPart, "table" | "seq" | "part">): string {
  return JSON.stringify({ pass, table, seq, part });
}

function indexOf(marks: readonly string[], through: string): number {
  const index = marks.indexOf(through);
  if (index >= 0) return index;
  throw new FerryError(
    "INTERNAL",
    `The run's mark ${through} is not among what it staged. What was applied stays.`,
    {
      hint: "Drop the run and sync again: rows that are there already are not written twice.",
    },
  );
}

/** The request with nothing but a slice of the rows, the live rows that they are written over, and the displaced rows of that. */
function narrowTo(request: ApplyRequest, slice: TableSlice): ApplyRequest {
  const { listed, displaced } = request;
  const table = narrowTable(find(listed.writes.tables, slice.table) as StagedTable, slice);
  const cleared = isCleared(table, request.plan[slice.table]);
  const own = cleared ? [] : listed.befores.filter((list) => list.table.name === slice.table);
  const displacing = new Set(displaced.sites.map(({ index }) => index));
  return {
    ...request,
    listed: {
      ...listed,
      writes: { ...listed.writes, tables: [table] },
      befores: own.map((list) => narrowToPlaces(list, slice)),
      deletes: [],
    },
    displaced: {
      ...displaced,
      sites: conflictSites([table]).filter(({ index }) => displacing.has(index)),
    },
  };
}

/** Writes all rows of a request that is narrowed to some. */
function writeRows(request: ApplyRequest): Statement[] {
  const { staged, listed } = request;
  const { suspend, resume } = suspendObjects(request);
  const { tables } = listed.writes;
  const wrong = wrongScalars({ staged, writes: tables, rules: request.rules, updates: updatesOf(request) });
  return withTerms(changedTables(request), [
    ...recordResults(staged.run, [...tables.map(writtenEntry), ...replacedEntries(request)]),
    // A table that is cleared was compared before that.
    ...(tables.some((table) => isCleared(table, request.plan[table.table.name]))
      ? guardCleared(request)
      : guardSlice(request)),
    ...suspend,
    ...deleteDisplaced(request),
    ...changeStatements(request),
    ...guardOrphans(request),
    ...resume,
    ...guardStatements(staged.run, "remaining", wrong),
  ]);
}

/** What a mirror deletes may have gone with rows that it pointed to. */
function guardSlice(request: ApplyRequest): Statement[] {
  const { listed, rules } = request;
  if (rules.mode !== "mirror" || listed.deletes.length === 0) return guardPlan(request);
  const moved = movedScalars({ ...request, listed: { ...listed, deletes: [] } });
  return guardStatements(request.staged.run, "moved", [...moved, ...stillThereScalars(listed.deletes)]);
}

/** What a slice's rows add to the results. */
function writtenEntry({ table, shapes }: StagedTable): Scalar {
  const rows = shapes.reduce((sum, shape) => sum + shape.rows, 0);
  const updates = shapes.reduce((sum, shape) => sum + (shape.updates ?? 0), 0);
  const counts = { attempted: `${rows}`, matched: `${updates}`, differing: `${updates}`, skipped: "0" };
  return () => `SELECT ${rowsEntry(table.name, counts)}`;
}

/** What is replaced goes with the rows that take its place. */
function replacedEntries({ rules, listed: { deletes } }: ApplyRequest): Scalar[] {
  if (rules.mode === "mirror") return [];
  return deletes.map(
    ({ table, rows }) =>
      () =>
        `SELECT ${deletedEntry(table.name, rows)}`,
  );
}

/** Deletes rows of some tables. */
function deleteLists(request: ApplyRequest, lists: readonly StagedTable[]): Statement[] {
  const { staged, listed } = request;
  // Where rows of any table took values of others, those went, and rows that pointed to them.
  const exchanged = request.displaced.sites.length > 0;
  const narrowed: ApplyRequest = {
    ...request,
    listed: { ...listed, writes: { ...listed.writes, tables: [] }, befores: [], deletes: [...lists] },
  };
  const { suspend, resume } = suspendObjects(narrowed);
  const names = lists.map(({ table }) => table.name);
  // A key that breaks at the commit would cost D1's connection.
  const pointing = lists.filter(({ table }) =>
    table.foreignKeys.some(({ parent }) => names.includes(parent)),
  );
  return withTerms(changedTables(narrowed), [
    ...recordResults(
      staged.run,
      lists.map(
        ({ table, rows, goneKeys }) =>
          () =>
            `SELECT ${deletedEntry(table.name, rows + goneKeys)}`,
      ),
    ),
    // One that is gone has nothing to lose: it may have made room for another row.
    ...guardStillThere(staged.run, lists, exchanged ? listed.writes.tables : []),
    ...guardReached(narrowed),
    ...listTaken(request, lists),
    ...suspend,
    ...deleteStatements(lists, new Map(exchanged ? names.map((name) => [name, new Set<string>()]) : [])),
    ...resume,
    ...guardStatements(staged.run, "orphans", newTableOrphans(pointing.map(({ table }) => table.name))),
  ]);
}
