import type { TableSchema } from "../../archive/types.ts";
import {
  type ComparedPlace,
  type ComparedPlaces,
  comparePlaces,
  type Description,
  newSalt,
  type PairedTables,
  type RowDifference,
  readUnlessSame,
  rememberAnswers,
  rememberHashes,
  type TablePair,
  type WholeTable,
  wholeColumns,
} from "../../diff/index.ts";
import { FerryError } from "../../errors.ts";
import type { KeyedLine } from "../../sync/export/index.ts";
import type { AddedColumns } from "../../sync/run/index.ts";
import type { BaseFile } from "../bases/base-file.ts";
import { cannotBeTold, editConflict, tooMuchDiffers, wouldOverwrite } from "../bases/edit-conflict.ts";
import type { ExpectedRows } from "../bases/expected-rows.ts";
import { type Merged, ThreeWay } from "../bases/three-way.ts";
import { writeBase } from "../bases/write-base.ts";
import { throwIfInterrupted } from "../interruption/interrupted.ts";
import { choiceOf, type TransferFlags } from "../options/run-options.ts";
import { placeName } from "../places/place.ts";
import { count } from "../printing/numbers.ts";
import { type ConnectedPlace, withComparedPlaces } from "./compared-place.ts";
import type { Session } from "./session.ts";

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

/** The whole archive is the better way. */
export class SendsEverything extends Error {
  override readonly name = "SendsEverything";
  /** Why, in words that go on from "Sending everything: "; null where nobody expects anything else. */
  readonly why: string | null;
  /** What the run is to write then; null where nothing is known of an earlier exchange. */
  readonly expected: ExpectedRows | null;

  constructor(why: string | null, expected: ExpectedRows | null = null) {
    super(why ?? "the target has no rows");
    this.why = why;
    this.expected = expected;
  }
}

/** Bytes of differing rows that are held until they are sent. */
const HELD_BYTES = 128_000_000;

/** Rows that may differ in any case: so few are quickly sent either way. */
const FEW_ROWS = 500;

/** Refusals that say nothing but that a place cannot be compared: what is wrong with it, export and run will tell. */
const NOT_COMPARABLE: ReadonlyMap<string, string> = new Map([
  ["UNKNOWN_OPERATION", "runs a d1-ferry that cannot compare"],
  ["FORBIDDEN", "does not let its rows be read with this token"],
  ["UNKNOWN_TABLE", "lacks a table"],
  ["UNSUPPORTED", "cannot be compared"],
  ["INVALID_REQUEST", "cannot be compared"],
]);

export interface FindChangedRows {
  from: ConnectedPlace;
  to: ConnectedPlace;
  flags: TransferFlags;
  base: BaseFile;
  /** Why everything has to be sent in any case: then only what would be overwritten is looked for. @default null */
  sendsEverything?: string | null;
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
  const { from, to, flags, base, sendsEverything = null } = asked;
  const { world, printer } = session;
  const { tables, include } = flags;
  const choice = choiceOf(flags);
  const bar = printer.progress("Comparing");
  const { mode = "merge", onEdit = "stop", onConflict } = flags;
  const rules = {
    mode,
    onEdit,
    mayDeleteOthers: onConflict === "replace",
    ignoresBase: flags.base === false,
  };
  const threeWay = new ThreeWay(base, rules);
  const held = new HeldRows();
  const pairs = new Map<string, TablePair>();
  const schemas = new Map<string, TableSchema>();
  let isKnown = false;
  let everything = sendsEverything;
  const described: Description[] = [];
  const note = (description: Description) => void described.push(description);
  const { migrate } = flags;
  return withComparedPlaces([from, to], { choice, migrate, world }, async (source, target, added) => {
    threeWay.addedAtTarget = added.columns;
    const mayOverwrite = base.isEmpty || flags.base === false || onEdit === "ours";
    const one = rememberAnswers(told("the source", source, { note, mayOverwrite }));
    const earlier = rememberHashes(base.place(base.tableNames));
    const asEarlier = new Set<string>();
    const salt = newSalt();
    const found = await comparePlaces(one, told("the target", target, { note, mayOverwrite }), {
      salt,
      onPaired(paired) {
        for (const pair of paired.pairs) pairs.set(pair.name, pair);
        isKnown = threeWay.knows(paired.pairs);
        if (paired.pairs.every(({ right }) => !right.hasRows) && !knowsOthers(base, pairs))
          throw new SendsEverything(null);
        everything ??= whyEverything(paired);
        threeWay.sendsEverything = everything !== null;
        for (const { name, compared } of [...paired.pairs, ...paired.onlyLeft.map(alone)])
          if (compared === null) threeWay.expected.notCompared.add(name.toLowerCase());
        // Found out before a row is read, unless there are edits that must not be overwritten.
        if (everything !== null && !isKnown) throw new SendsEverything(everything);
      },
      earlierRight: (pair) => (base.knowsColumns(pair) ? earlier : null),
      onAsEarlier: (table) => void asEarlier.add(table),
      onSchema: (schema) => void schemas.set(schema.name, schema),
      async onRow(row) {
        const result = await threeWay.decide(pairs.get(row.table) as TablePair, row);
        if (result !== row.right) held.add(row, result);
        held.requireRoom(isKnown);
      },
      onProgress({ left, right }) {
        throwIfInterrupted(world.signal);
        bar.update(null, `${count(left)} rows`);
        if (!isKnown && held.rowCount > FEW_ROWS && held.rowCount > left / 2)
          throw new SendsEverything(right === 0 ? null : "most rows differ");
      },
    });
    const long = found.notCompared.find(({ table }) => wholeColumns(pairs.get(table) as TablePair) === null);
    for (const { table } of found.notCompared) threeWay.expected.notCompared.add(table.toLowerCase());
    if (long !== undefined) everything ??= `${long.table} cannot be compared (${long.why})`;
    if (found.tables.every(({ right }) => right === 0) && !knowsOthers(base, pairs))
      throw new SendsEverything(null);
    const { merged } = threeWay;
    if (await goBack?.(merged)) return await findChangedRows(asked, session);
    if (everything !== null)
      throw (
        wouldOverwrite(everything, merged, onEdit) ??
        new SendsEverything(everything, isKnown ? threeWay.expected : null)
      );
    if (merged.conflictRows > 0 && onEdit === "stop") throw editConflict(merged);
    const list = [...pairs.values()];
    const leafBytes = Math.min(...described.map((description) => description.leafBytes));
    const whole = new Map<string, WholeTable>();
    for (const pair of list) {
      const columns = wholeColumns(pair);
      if (columns === null) continue;
      const onBytes = (bytes: number) => held.addBytes(bytes, isKnown);
      const table = await readUnlessSame(columns, { left: one, right: target, salt, leafBytes, onBytes });
      if (table !== null) whole.set(pair.name, table);
    }
    const exchanged = {
      source: one,
      earlier,
      asEarlier,
      pairs: list,
      salt,
      leafBytes,
      threeWay,
      isFile: from.kind !== "app",
      target: nameOf(to),
    };
    const exchange = isOnlyLooking(flags) ? null : await writeBase(base, exchanged);
    const engine = described[0]?.engine ?? "";
    // What is written over is listed before it is, also where it is confirmed already.
    const expected = isKnown || merged.unknownRows > 0 ? threeWay.expected : null;
    const isNamed = tables !== undefined || include !== undefined;
    const altered = new Set(added.columns.map(({ table }) => table.toLowerCase()));
    const sendsAny = held.rows.size + whole.size + altered.size > 0;
    const known = sendsAny && (isNamed || altered.size > 0) ? await schemasOf(source) : schemas;
    // The run refuses a table that it is asked for and that the archive does not have.
    const sent = list.flatMap(({ name }) => {
      const own = whole.get(name);
      if (own !== undefined) return own.schema;
      const isSent = isNamed || held.rows.has(name) || altered.has(name.toLowerCase());
      return isSent ? (known.get(name) ?? []) : [];
    });
    const { rows } = held;
    return { engine, schemas: sent, rows, whole, added, found, merged, isKnown, expected, exchange };
  }).finally(() => bar.end());
}

/** Tables are known beside these: that these are empty at the target does not make it another database. */
const knowsOthers = (base: BaseFile, pairs: ReadonlyMap<string, TablePair>): boolean =>
  base.tableNames.some((name) => !pairs.has(name));

/** A table that the target lacks. */
const alone = ({ name }: { name: string }) => ({ name, compared: null });

const nameOf = (place: ConnectedPlace): string =>
  placeName(place.kind === "app" ? { kind: "app", url: place.app.url } : place);

/** True for a dry run. A plan that is kept may be applied. */
const isOnlyLooking = ({ dryRun, keep }: TransferFlags): boolean => dryRun === true && keep === undefined;

/** Where a place refuses to be described, everything is sent: it tells then what it refuses. */
function told(
  which: string,
  place: ComparedPlace,
  { note, mayOverwrite }: { note: (description: Description) => void; mayOverwrite: boolean },
): ComparedPlace {
  return {
    ...place,
    async describe(asked) {
      try {
        const description = await place.describe(asked);
        note(description);
        return description;
      } catch (error) {
        const why = error instanceof FerryError ? NOT_COMPARABLE.get(error.code) : undefined;
        if (why === undefined) throw error;
        if (mayOverwrite) throw new SendsEverything(`${which} ${why}`);
        if ((error as FerryError).code === "UNKNOWN_TABLE") throw cannotBeTold(`${which} ${why}`);
        // Whoever may not read, or asks an older app, could never push again.
        throw new SendsEverything(`${which} ${why}; what was edited at the target meanwhile is written over`);
      }
    },
  };
}

/** Of all tables, as an archive describes them. */
async function schemasOf(place: ComparedPlace): Promise<Map<string, TableSchema>> {
  const { tables } = await place.describe({ schemas: true });
  return new Map(
    tables.flatMap(({ name, schema }) => (schema === undefined ? [] : [[name, schema] as const])),
  );
}

/** Why single rows cannot be sent; null where they can. */
function whyEverything({ pairs, onlyLeft }: PairedTables): string | null {
  const [missing] = onlyLeft;
  if (missing !== undefined) return `the target has no table ${missing.name}, or does not show it`;
  for (const pair of pairs) {
    const { name, left, compared, why = "" } = pair;
    if (wholeColumns(pair) !== null) continue;
    if (compared === null) return `${name} cannot be compared (${why})`;
    const column = left.columns.find((one) => !compared.columns.includes(one.name));
    if (column !== undefined) return `the target's ${name} lacks ${column.name}`;
  }
  return null;
}

/** What rows become that are sent. */
class HeldRows {
  readonly rows = new Map<string, KeyedLine[]>();
  rowCount = 0;
  #bytes = 0;

  add({ table, key, left, right }: RowDifference, result: string | null): void {
    this.rowCount++;
    const own = this.rows.get(table) ?? [];
    own.push(result === null ? { gone: key } : { key, line: result });
    this.rows.set(table, own);
    this.#bytes += (result ?? JSON.stringify(key)).length + (left?.length ?? 0) + (right?.length ?? 0);
  }

  addBytes(bytes: number, isKnown: boolean): void {
    this.#bytes += bytes;
    this.requireRoom(isKnown);
  }

  requireRoom(isKnown: boolean): void {
    if (this.#bytes <= HELD_BYTES) return;
    throw isKnown ? tooMuchDiffers() : new SendsEverything("more differs than is held at once");
  }
}
