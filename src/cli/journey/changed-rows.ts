import type { TableSchema } from "../../archive/types.ts";
import {
  type AnySide,
  askAhead,
  type ComparedPlace,
  type ComparedPlaces,
  comparePlaces,
  type Description,
  newSalt,
  type OnEdit,
  readUnlessSame,
  rememberAnswers,
  type TablePair,
  type WholeTable,
  type WholeTableOptions,
  wholeColumns,
} from "../../diff/index.ts";
import { isSameTable } from "../../grants.ts";
import { foldCase } from "../../names.ts";
import { count } from "../../numbers.ts";
import type { KeyedLine } from "../../sync/export/index.ts";
import type { AddedColumns } from "../../sync/run/index.ts";
import type { BaseFile } from "../bases/base-file.ts";
import { editConflict, editsUnclear, overwritesEdits, wouldOverwrite } from "../bases/edit-conflict.ts";
import type { ExpectedRows } from "../bases/expected-rows.ts";
import { firstQuestions, rememberLeaves } from "../bases/remember-leaves.ts";
import type { Merged, ThreeWayRules } from "../bases/three-way.ts";
import { writeBase } from "../bases/write-base.ts";
import { throwIfInterrupted } from "../interruption/interrupted.ts";
import { choiceOf, type TransferFlags } from "../options/run-options.ts";
import { placeName } from "../places/place.ts";
import { type ConnectedPlace, withComparedPlaces } from "./compared-place.ts";
import { obstacleDetails } from "./obstacle-details.ts";
import { orSendEverything } from "./sends-everything.ts";
import type { Session } from "./session.ts";
import { schemasOf } from "./source-schemas.ts";
import { WatchedComparison } from "./watched-comparison.ts";

/** What differs between a source and a target, as far as a run with these flags makes it equal. */
export interface ChangedRows {
  /** The source's engine. */
  engine: string;
  /** The tables that have rows to be sent, or were asked for by name, as an archive describes the source's. */
  schemas: readonly TableSchema[];
  rows: ReadonlyMap<string, readonly KeyedLine[]>;
  /** Tables without a key that are not known to be the same: all of their rows. */
  whole: ReadonlyMap<string, WholeTable>;
  /** Columns that the run adds. */
  added: AddedColumns;
  found: ComparedPlaces;
  /** What was decided by what the two last exchanged. */
  merged: Merged;
  /** Something is known of an earlier exchange. */
  isKnown: boolean;
  /** What the run is to write; null where it writes over nothing. */
  expected: ExpectedRows | null;
  /** The exchange that this is in the base, pending; null where nothing is to be written. */
  exchange: number | null;
}

/** True where a run would change nothing. */
export const isNothing = ({ rows, whole, added }: ChangedRows): boolean =>
  rows.size + whole.size + added.columns.length === 0;

export interface FindChangedRows {
  from: ConnectedPlace;
  to: ConnectedPlace;
  flags: TransferFlags;
  base: BaseFile;
  /** Takes back in the base what was undone at the target; true where there was anything. @default nothing is */
  goBack?: (merged: Merged) => Promise<boolean>;
}

/**
 * Compares the places, and decides about rows that both sides have edited. Rejects with `SendsEverything` where the whole
 * archive is the better way, and with `EDIT_CONFLICT` where somebody has to decide first.
 */
export async function findChangedRows(
  { goBack, ...asked }: FindChangedRows,
  session: Pick<Session, "world" | "printer">,
): Promise<ChangedRows> {
  const { from, to, flags, base } = asked;
  const { world, printer } = session;
  const { onEdit = "stop", migrate } = flags;
  const choice = choiceOf(flags);
  const bar = printer.progress("Comparing");
  const watched = new WatchedComparison({ base, rules: rulesOf(flags) });
  const { threeWay } = watched;
  const described: Description[] = [];
  const note = (description: Description) => void described.push(description);
  const { tables } = base;
  const likely = firstQuestions(tables.filter(isAsked(flags)), base.leaves);
  const opened = { choice, migrate, mayLackNamed: true, world, packs: likely.length > 0 };
  return withComparedPlaces([from, to], opened, async (source, target, added) => {
    threeWay.addedAtTarget = added.columns;
    const mayOverwrite = base.isEmpty || flags.base === false || onEdit === "ours";
    const orElse = { note, mayOverwrite };
    const place = base.place(tables.map(({ name }) => name));
    const salt = newSalt();
    const earlier = rememberLeaves(place, tables, { leaves: base.leaves, salt });
    const asEarlier = new Set<string>();
    const ahead = (one: ComparedPlace, { kind }: ConnectedPlace) =>
      // A file answers here, one question after the other.
      kind === "app" ? askAhead(one, likely, salt) : one;
    const left = rememberAnswers(orSendEverything("the source", ahead(source, from), orElse));
    const right = orSendEverything("the target", ahead(target, to), orElse);
    const cutBy = base.isEmpty ? undefined : cutByBase(base);
    const found = await comparePlaces(left, right, {
      ...watched.handlers(),
      salt,
      earlierRight: (pair) => (base.knowsColumns(pair) ? earlier : null),
      cutBy,
      onAsEarlier: (table) => void asEarlier.add(table),
      passesOver: (pair) => passesOver(base, pair, flags),
      onProgress(counts) {
        throwIfInterrupted(world.signal);
        bar.update(null, `${count(counts.left)} rows`);
        watched.requireFew(counts);
      },
    });
    watched.end(found);
    const { merged } = threeWay;
    if (await goBack?.(merged)) return await findChangedRows(asked, session);
    await requireSingleRows(watched, { onEdit, source: left, to });
    const pairs = [...watched.pairs.values()];
    const leafBytes = Math.min(...described.map((description) => description.leafBytes));
    const whole = await readWholeTables(watched, { left, right: target, salt, leafBytes });
    const exchanged = { source: left, earlier, cutBy, asEarlier, pairs, salt, leafBytes, threeWay };
    const beside = { isFile: from.kind !== "app", keepsNoRuns: to.kind !== "app", target: nameOf(to) };
    const exchange = isOnlyLooking(flags) ? null : await writeBase(base, { ...exchanged, ...beside });
    const { isKnown, held } = watched;
    return {
      engine: described[0]?.engine ?? "",
      schemas: await schemasSent(watched, { whole, added, flags, source }),
      rows: held.rows,
      ...{ whole, added, found, merged, isKnown, exchange },
      // What is written over is listed before it is, also where it is confirmed already.
      expected: isKnown || merged.unknownRows > 0 ? threeWay.expected : null,
    };
  }).finally(() => bar.end());
}

/** The base is at hand, and has by and large what the source has. It is the same that cuts a table, whatever becomes of the base. */
function cutByBase(base: BaseFile): (pair: TablePair) => AnySide {
  const known = new Map<string, AnySide>();
  return (pair) => {
    const by = known.get(pair.name) ?? (base.knowsColumns(pair) ? "earlierRight" : "left");
    known.set(pair.name, by);
    return by;
  };
}

/** Rows that neither the source has nor the base are of no account where nothing is deleted. */
const passesOver = (base: BaseFile, pair: TablePair, { mode }: TransferFlags): boolean =>
  mode !== "mirror" && (base.find(pair) === null || base.knowsColumns(pair));

function rulesOf({ mode = "merge", onEdit = "stop", onConflict, base }: TransferFlags): ThreeWayRules {
  return { mode, onEdit, mayDeleteOthers: onConflict === "replace", ignoresBase: base === false };
}

/** Rejects where everything is sent instead, or where somebody has to decide first. */
async function requireSingleRows(
  watched: WatchedComparison,
  { onEdit, source, to }: { onEdit: OnEdit; source: ComparedPlace; to: ConnectedPlace },
): Promise<void> {
  const { obstacle, isKnown, threeWay, unclear } = watched;
  const { merged, expected } = threeWay;
  if (obstacle !== null) {
    const { why } = obstacle;
    if (wouldOverwrite(merged, onEdit))
      throw overwritesEdits({ why, details: await obstacleDetails(obstacle, { source, to }) }, merged);
    if (unclear.length > 0) throw editsUnclear(unclear);
    throw watched.sendsAll(why, isKnown ? expected : null);
  }
  if (merged.conflictRows > 0 && onEdit === "stop") throw editConflict(merged);
}

/** Tables without a key of which it is not known that both places have the same rows. */
async function readWholeTables(
  { pairs, held, isKnown, unclear }: WatchedComparison,
  places: Omit<WholeTableOptions, "onBytes">,
): Promise<Map<string, WholeTable>> {
  const whole = new Map<string, WholeTable>();
  for (const pair of pairs.values()) {
    const columns = wholeColumns(pair);
    if (columns === null) continue;
    const onBytes = (bytes: number) => held.addBytes(bytes, isKnown);
    const table = await readUnlessSame(columns, { ...places, onBytes });
    if (table !== null) whole.set(pair.name, table);
  }
  const sent = unclear.filter(({ name }) => whole.has(name));
  if (sent.length > 0) throw editsUnclear(sent);
  return whole;
}

/** Of tables of which something is sent. The run refuses a table that it is asked for and that the archive does not have. */
async function schemasSent(
  { pairs, schemas, held }: WatchedComparison,
  {
    whole,
    added,
    flags: { tables, include },
    source,
  }: Pick<ChangedRows, "whole" | "added"> & { flags: TransferFlags; source: ComparedPlace },
): Promise<TableSchema[]> {
  const isNamed = tables !== undefined || include !== undefined;
  const altered = new Set(added.columns.map(({ table }) => foldCase(table)));
  const sendsAny = held.rows.size + whole.size + altered.size > 0;
  const known = sendsAny && (isNamed || altered.size > 0) ? await schemasOf(source) : schemas;
  return [...pairs.keys()].flatMap((name) => {
    const own = whole.get(name);
    if (own !== undefined) return own.schema;
    const isSent = isNamed || held.rows.has(name) || altered.has(foldCase(name));
    return isSent ? (known.get(name) ?? []) : [];
  });
}

/** Whether a table is likely to be compared. */
function isAsked({ tables, exclude = [] }: TransferFlags): (table: { name: string }) => boolean {
  const names = (some: readonly string[], name: string) => some.some((one) => isSameTable(one, name));
  return ({ name }) => (tables === undefined || names(tables, name)) && !names(exclude, name);
}

const nameOf = (place: ConnectedPlace): string =>
  placeName(place.kind === "app" ? { kind: "app", url: place.app.url } : place);

/** True for a dry run. A plan that is kept may be applied. */
export const isOnlyLooking = ({ dryRun, keep }: TransferFlags): boolean =>
  dryRun === true && keep === undefined;
