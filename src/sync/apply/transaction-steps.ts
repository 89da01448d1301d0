import { withTerms } from "../../database/fts5/contentless-rows.ts";
import type { Statement } from "../../database/port.ts";
import type { ForeignKey } from "../../database/schema.ts";
import type { Scalar } from "../../database/sql/scalars.ts";
import { FerryError } from "../../errors.ts";
import type { CyclicKeys } from "../compare/index.ts";
import { conflictSites, isCleared, newTableOrphans, wrongScalars } from "../compare/index.ts";
import { deletedEntry, rowsEntry } from "../run/index.ts";
import type { SliceLimits, StagedPart, StagedTable, TableSlice } from "../stage/index.ts";
import { cutSlices, keyedFirst, narrowTable, narrowToPlaces, transactionSlices } from "../stage/index.ts";
import { exchanges, onlyExchange } from "./exchanges.ts";
import {
  type ApplyRequest,
  changedTables,
  changeStatements,
  deleteDisplaced,
  deleteStatements,
  guardOrphans,
  guardPlan,
  guardReached,
  guardStatements,
  guardStillThere,
  movedScalars,
  recordResults,
  stillThereScalars,
  suspendObjects,
  unlinkedScalars,
  updatesOf,
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

/** Listed rows that one transaction deletes, bytes. */
const DELETE_BYTES = 32_000_000;

/** What the steps are made from, besides the request. */
export interface StepSource {
  /** Of the rows to write. */
  writes: readonly StagedPart[];
  /** Of the rows to delete. */
  deletes: readonly StagedPart[];
  cyclicKeys: CyclicKeys;
}

/**
 * The steps behind the mark `through`, parents before children, so that each transaction's foreign
 * keys hold; deletes the other way round.
 */
export function frameSteps(
  request: ApplyRequest,
  { writes, deletes, cyclicKeys }: StepSource,
  through: string | null,
): FrameStep[] {
  const { order } = request.target;
  const { listed, plan, rules } = request;
  const rows = order.flatMap((name) => {
    const table = find(listed.writes.tables, name);
    return table === undefined ? [] : keyedFirst(table, writes);
  });
  const going = order
    .toReversed()
    .flatMap((name) => deletes.filter(({ table }) => table === name))
    .filter(({ table }) => {
      const list = find(listed.deletes, table);
      // What is replaced has gone before the rows that take its place.
      return rules.mode === "mirror" && list !== undefined && !isCleared(list, plan[table]);
    });
  const passes: { pass: Pass; list: StagedPart[] }[] = [
    { pass: "rows", list: rows },
    { pass: "cyclic-keys", list: rows.filter(({ table }) => cyclicKeys.has(table)) },
    { pass: "deletes", list: going },
  ];
  const all = passes.flatMap(({ pass, list }) =>
    list.map((part) => ({ pass, part, mark: markAt(pass, part) })),
  );
  const left = all.slice(through === null ? 0 : indexOf(all, through) + 1);
  return passes.flatMap(({ pass }) => {
    const pending = left.filter((entry) => entry.pass === pass).map(({ part }) => part);
    return [...Map.groupBy(pending, ({ table }) => table)].flatMap(([table, parts]) =>
      pass === "rows" && exchanges(request, table)
        ? [exchangeStep(request, parts, cyclicKeys)]
        : cutSlices(parts, limitsOf(request, pass)).map((slice) => ({
            mark: markAt(pass, { table, ...slice.through }),
            statements: () => sliceStatements(request, slice, { pass, cyclicKeys }),
          })),
    );
  });
}

/** How much one transaction of a pass carries. */
function limitsOf({ listed, inParts: { sliceBytes } }: ApplyRequest, pass: Pass): SliceLimits {
  if (pass === "deletes") return { bytes: sliceBytes ?? DELETE_BYTES };
  return transactionSlices(listed.writes.tables, sliceBytes);
}

/**
 * All rows of a table in one transaction, with those deleted whose values others take: parted, it would have to
 * commit values that nobody has asked for.
 */
function exchangeStep(
  request: ApplyRequest,
  parts: readonly StagedPart[],
  cyclicKeys: CyclicKeys,
): FrameStep {
  const last = parts.at(-1) as StagedPart;
  const narrowed = onlyExchange(request, last.table);
  return { mark: markAt("rows", last), statements: () => writeRows(narrowed, last.table, cyclicKeys) };
}

function find(tables: readonly StagedTable[], name: string): StagedTable | undefined {
  return tables.find(({ table }) => table.name === name);
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
}

function sliceStatements(
  request: ApplyRequest,
  slice: TableSlice,
  { pass, cyclicKeys }: SlicePass,
): Statement[] {
  if (pass === "deletes") return deleteSlice(request, slice, cyclicKeys);
  const narrowed = narrowTo(request, slice);
  if (pass === "cyclic-keys") return linkSlice(narrowed, cyclicKeys.get(slice.table) ?? []);
  return writeRows(narrowed, slice.table, cyclicKeys);
}

function writeRows(request: ApplyRequest, table: string, cyclicKeys: CyclicKeys): Statement[] {
  const waiting = cyclicKeys.get(table)?.flatMap(({ columns }) => columns) ?? [];
  const own = request.changed.get(table)?.filter((column) => !waiting.includes(column)) ?? [];
  const written = {
    ...request,
    // A row that is there keeps the key that it has until the other row is there.
    changed: new Map([...request.changed, [table, own]]),
    inParts: { ...request.inParts, pendingKeys: cyclicKeys },
  };
  return writeSlice(written, { waits: waiting.length > 0 });
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

/** Writes a slice. `waits` says that some of its foreign keys are written later. */
function writeSlice(request: ApplyRequest, { waits }: { waits: boolean }): Statement[] {
  const { staged, listed } = request;
  const { suspend, resume } = suspendObjects(request);
  const { tables } = listed.writes;
  // A row that points ahead is not yet what it should be.
  const wrong = waits
    ? []
    : wrongScalars({ staged, writes: tables, rules: request.rules, updates: updatesOf(request) });
  return withTerms(changedTables(request), [
    ...recordResults(staged.run, [...tables.map(writtenEntry), ...replacedEntries(request)]),
    // A table that is cleared was compared before that.
    ...(tables.some((table) => isCleared(table, request.plan[table.table.name])) ? [] : guardSlice(request)),
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

/** Writes the foreign keys that were left empty: nothing else, and of rows that are as the run left them. */
function linkSlice(request: ApplyRequest, keys: readonly ForeignKey[]): Statement[] {
  const { staged, listed } = request;
  const columns = [...new Set(keys.flatMap((key) => key.columns))];
  const { suspend, resume } = suspendObjects(request);
  const { tables } = listed.writes;
  const names = tables.map(({ table }) => table.name);
  const linking = { ...request, changed: new Map(names.map((name) => [name, columns])) };
  return withTerms(changedTables(request), [
    ...guardStatements(staged.run, "moved", unlinkedScalars(request, columns)),
    ...suspend,
    ...changeStatements(linking),
    ...resume,
    ...guardOrphans(request),
    ...guardStatements(
      staged.run,
      "remaining",
      wrongScalars({ staged, writes: tables, rules: request.rules, updates: updatesOf(request) }),
    ),
  ]);
}

function deleteSlice(request: ApplyRequest, slice: TableSlice, cyclicKeys: CyclicKeys): Statement[] {
  const { staged, listed } = request;
  const list = narrowTable(find(listed.deletes, slice.table) as StagedTable, slice);
  // Where rows of any table took values of others, those went, and rows that pointed to them.
  const exchanged = request.displaced.sites.length > 0;
  const narrowed: ApplyRequest = {
    ...request,
    listed: { ...listed, writes: { ...listed.writes, tables: [] }, befores: [], deletes: [list] },
  };
  const { suspend, resume } = suspendObjects(narrowed);
  // In a cycle no order has all children first, and a key that breaks at the commit would cost D1's connection.
  const children = [...cyclicKeys].filter(([, keys]) => keys.some(({ parent }) => parent === slice.table));
  const own = list.table.foreignKeys.some(({ parent }) => parent === slice.table) ? [slice.table] : [];
  return withTerms(changedTables(narrowed), [
    ...recordResults(staged.run, [() => `SELECT ${deletedEntry(slice.table, slice.rows)}`]),
    // One that is gone has nothing to lose: it may have made room for another row.
    ...guardStillThere(staged.run, [list], exchanged ? listed.writes.tables : []),
    ...guardReached(narrowed),
    ...suspend,
    ...deleteStatements([list], new Map(exchanged ? [[slice.table, new Set()]] : [])),
    ...resume,
    ...guardStatements(staged.run, "orphans", newTableOrphans([...children.map(([child]) => child), ...own])),
  ]);
}
