import type { TableSchema } from "../../archive/types.ts";
import {
  type ComparedPlace,
  type ComparedPlaces,
  comparePlaces,
  type Description,
  type PairedTables,
  type RowDifference,
  type TablePair,
} from "../../diff/index.ts";
import { FerryError } from "../../errors.ts";
import type { KeyedLine } from "../../sync/export/index.ts";
import { throwIfInterrupted } from "../interruption/interrupted.ts";
import type { TransferFlags } from "../options/run-options.ts";
import { count } from "../printing/numbers.ts";
import { type ConnectedPlace, withComparedPlaces } from "./compared-place.ts";
import type { Session } from "./session.ts";

/** What differs between a source and a target, as far as a run with these flags makes it equal. */
export interface ChangedRows {
  /** The source's engine. */
  engine: string;
  /** The tables that were compared, as an archive describes the source's; none where nothing differs. */
  schemas: readonly TableSchema[];
  rows: ReadonlyMap<string, readonly KeyedLine[]>;
  found: ComparedPlaces;
}

/** True where a run would change nothing. */
export const isNothing = ({ rows }: ChangedRows): boolean => rows.size === 0;

/** The whole archive is the better way. */
export class SendsEverything extends Error {
  override readonly name = "SendsEverything";
  /** Why, in words that go on from "Sending everything: "; null where nobody expects anything else. */
  readonly why: string | null;

  constructor(why: string | null) {
    super(why ?? "the target has no rows");
    this.why = why;
  }
}

/** Bytes of differing rows that are held until they are sent. */
const HELD_BYTES = 64_000_000;

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
}

/** Compares the places. Rejects with `SendsEverything` where the whole archive is the better way. */
export async function findChangedRows(
  { from, to, flags }: FindChangedRows,
  session: Pick<Session, "world" | "printer">,
): Promise<ChangedRows> {
  const { world, printer } = session;
  const { tables, exclude, include, all } = flags;
  const choice = { tables, exclude, include, all };
  const bar = printer.progress("Comparing");
  const held = new HeldRows(flags);
  let pairs: readonly TablePair[] = [];
  let engine = "";
  return withComparedPlaces([from, to], { choice, world }, async (source, target) => {
    const one = told("the source", source, (description) => {
      ({ engine } = description);
    });
    const found = await comparePlaces(one, told("the target", target), {
      onPaired(paired) {
        requireSameTables(paired);
        ({ pairs } = paired);
      },
      onRow: (row) => held.add(row),
      onProgress({ left, right }) {
        throwIfInterrupted(world.signal);
        bar.update(null, `${count(left)} rows`);
        if (held.differing > FEW_ROWS && held.differing > left / 2)
          throw new SendsEverything(right === 0 ? null : "most rows differ");
      },
    });
    const [long] = found.notCompared;
    if (long !== undefined) throw new SendsEverything(`${long.table} cannot be compared (${long.why})`);
    if (found.tables.every(({ right }) => right === 0)) throw new SendsEverything(null);
    const schemas = held.rows.size === 0 ? [] : await schemasOf(source, pairs);
    return { engine, schemas, rows: held.rows, found };
  }).finally(() => bar.end());
}

/** Where a place refuses to be described, everything is sent: it tells then what it refuses. */
function told(
  which: string,
  place: ComparedPlace,
  onDescribed: (description: Description) => void = () => {},
): ComparedPlace {
  return {
    ...place,
    async describe(asked) {
      try {
        const description = await place.describe(asked);
        onDescribed(description);
        return description;
      } catch (error) {
        const why = error instanceof FerryError ? NOT_COMPARABLE.get(error.code) : undefined;
        throw why === undefined ? error : new SendsEverything(`${which} ${why}`);
      }
    },
  };
}

/** Of the tables that were compared, as an archive describes them. */
async function schemasOf(place: ComparedPlace, pairs: readonly TablePair[]): Promise<TableSchema[]> {
  const { tables } = await place.describe({ schemas: true });
  const names = new Set(pairs.map(({ name }) => name));
  return tables.flatMap(({ name, schema }) => (names.has(name) && schema !== undefined ? [schema] : []));
}

function requireSameTables({ pairs, onlyLeft }: PairedTables): void {
  // Found out before a row is read.
  if (pairs.every(({ right }) => !right.hasRows)) throw new SendsEverything(null);
  const [missing] = onlyLeft;
  if (missing !== undefined)
    throw new SendsEverything(`the target has no table ${missing.name}, or does not show it`);
  for (const { name, left, compared, why = "" } of pairs) {
    if (compared === null) throw new SendsEverything(`${name} cannot be compared (${why})`);
    const column = left.columns.find((one) => !compared.columns.includes(one.name));
    if (column !== undefined) throw new SendsEverything(`the target's ${name} lacks ${column.name}`);
  }
}

/** Differing rows, as far as a run needs them. */
class HeldRows {
  readonly rows = new Map<string, KeyedLine[]>();
  differing = 0;
  readonly #deletes: boolean;
  readonly #updates: boolean;
  #bytes = 0;

  constructor({ mode }: Pick<TransferFlags, "mode">) {
    this.#deletes = mode === "mirror";
    this.#updates = mode !== "insert";
  }

  add({ table, key, left, right }: RowDifference): void {
    this.differing++;
    if (left === null ? !this.#deletes : right !== null && !this.#updates) return;
    const own = this.rows.get(table) ?? [];
    own.push(left === null ? { gone: key } : { key, line: left });
    this.rows.set(table, own);
    this.#bytes += (left ?? JSON.stringify(key)).length;
    if (this.#bytes > HELD_BYTES) throw new SendsEverything("more differs than is held at once");
  }
}
