import * as v from "valibot";
import type { Body, diffAnswer } from "../api/answers/index.ts";
import { cell } from "../api/cell.ts";
import type { DiffRequest } from "../api/requests.ts";
import { bytesToBase64Url } from "../archive/base64.ts";
import { isCell } from "../archive/cells.ts";
import { contentsOf } from "../archive/content-hash.ts";
import { momentNotes } from "../archive/moment-notes.ts";
import { isArchive, openArchive } from "../archive/reader.ts";
import { shortened, shortenedRow } from "../archive/short-cell.ts";
import { aheadSource } from "../archive/source.ts";
import type { Row } from "../archive/types.ts";
import { type FerryKey, objectName, parseKey } from "../bucket/keys.ts";
import { bucketSource } from "../bucket/source.ts";
import { countedDatabase } from "../budget.ts";
import { findTable, readSchema } from "../database/schema.ts";
import {
  archiveSource,
  type ComparedColumns,
  type ComparedSides,
  type ComparisonPlace,
  compareSides,
  type DifferingRow,
  databaseSource,
  describeArchive,
  describeDatabase,
  keyCells,
  type Side,
} from "../diff/index.ts";
import { FerryError } from "../errors.ts";
import { frameTable } from "../frames/frame-table.ts";
import { foldCase } from "../names.ts";
import type { SampleRow } from "../sync/run/index.ts";
import type { TableChoice } from "../sync/schema/index.ts";
import { exportBounds, requireTables } from "./caller.ts";
import { withinAllowance } from "./export-allowance.ts";
import type { Invocation } from "./invocation.ts";
import { requireOwnObjects } from "./ownership.ts";
import { unknownKey } from "./unknown-key.ts";

type Diff = Body<typeof diffAnswer>;

/** Bytes of rows that are read of a side at once, where the platform says no less. */
const READ_BYTES = 500_000;

/** Bytes of an archive that are read at once: tables may be many and small. */
const READ_AHEAD_BYTES = 1024 * 1024;

/** Rows of a table that are told, and bytes of all of them together. */
const SAMPLES = { rows: 3, bytes: 256_000 } as const;

/** Compares two archives, or one and the database, as far as one request may. Writes nothing but the record. */
export async function diffArchives(invocation: Invocation, input: DiffRequest): Promise<Diff> {
  const { tables = [], include = [] } = input;
  requireTables(invocation.caller, [...tables, ...include], "neverExport");
  const [left, right] = [input.left, input.right].map((key) => (key === undefined ? null : parseKey(key)));
  if (left === null && right === null) throw nothingToCompare();
  return withinAllowance(invocation, (within) =>
    diff(within, { ...input, left: left ?? null, right: right ?? null }),
  );
}

type Asked = Omit<DiffRequest, "left" | "right"> & { left: FerryKey | null; right: FerryKey | null };

async function diff(invocation: Invocation, asked: Asked): Promise<Diff> {
  const { budget, caller } = invocation;
  const { left, right, samples: most = SAMPLES.rows, cursor, everyRow } = asked;
  const from = cursor === undefined ? undefined : readCursor(cursor);
  const { tables, exclude, include, all } = asked;
  const choice = { tables, exclude, include, all, ...exportBounds(caller) };
  const readBytes = Math.min(READ_BYTES, Math.max(16_000, Math.floor(budget.bytes / 2)));
  const open = (key: FerryKey | null) =>
    key === null ? openDatabase(invocation, choice, readBytes) : openObject(invocation, key, choice);
  const [one, two] = [await open(left), await open(right)];
  const samples = new Samples(most);
  const found = await compareSides(one.side, two.side, {
    from,
    everyRow,
    budget,
    readBytes,
    onRow: (table, row) => samples.add(table, row),
  });
  return {
    left,
    right,
    status: found.next === null ? "completed" : "processing",
    ...tellFound(found, samples),
    ...(found.next === null ? {} : { cursor: writeCursor(found.next) }),
    notes: cursor === undefined ? [...one.notes, ...two.notes] : [],
  };
}

function tellFound(
  { tables, notCompared, schema }: ComparedSides,
  samples: Samples,
): Pick<Diff, "tables" | "notCompared" | "schema"> {
  return {
    tables: tables.map(({ unfinished, ...one }) => ({
      ...one,
      ...(unfinished ? { unfinished } : {}),
      samples: samples.of(one.table),
    })),
    notCompared,
    schema,
  };
}

interface OpenedSide {
  side: Side;
  notes: string[];
}

async function openObject(invocation: Invocation, key: FerryKey, choice: TableChoice): Promise<OpenedSide> {
  const { bucket, budget } = invocation;
  await requireOwnObjects(invocation, key);
  const source = await bucketSource(bucket, objectName(key));
  if (source === null) throw unknownKey(key);
  if (!(await isArchive(source))) throw notComparable(key, "is a plain document, whose rows have no order");
  const archive = await openArchive(aheadSource(source, READ_AHEAD_BYTES));
  const { kind = "full" } = archive.header;
  if (kind !== "full") throw notComparable(key, `holds only some rows of its tables (${kind})`);
  const rows = new Map(archive.tables.map((one) => [one.table, one.rows]));
  const contents = contentsOf(archive.tables.filter((one) => one.rows > 0));
  return {
    side: {
      description: describeArchive(archive.header, choice, rows),
      contentOf: (table) => contents[table] ?? EMPTY,
      rowsIn: (table) => rows.get(table) ?? 0,
      source: (table, options) => archiveSource(archive, table, { ...options, budget }),
    },
    notes: momentNotes(archive.moment).map((note) => `${key} is ${note}`),
  };
}

/** Of a table without any rows. */
const EMPTY = "0";

async function openDatabase(
  { database: source, budget }: Invocation,
  choice: TableChoice,
  readBytes: number,
): Promise<OpenedSide> {
  const database = countedDatabase(source, budget);
  const schema = await readSchema(database);
  const description = await describeDatabase(database, choice, { schemas: true });
  return {
    side: {
      description,
      contentOf: () => null,
      rowsIn: () => null,
      source(name, { key, after }) {
        const table = findTable(schema.tables, name);
        if (table === undefined)
          throw new FerryError("UNKNOWN_TABLE", `There is no table "${name}" any more`);
        return databaseSource(database, frameTable(table), { key, after, budget, readBytes });
      },
    },
    notes: description.notes,
  };
}

/** The first differing rows of each table. */
class Samples {
  readonly #most: number;
  readonly #tables = new Map<string, SampleRow[]>();
  #bytes = 0;

  constructor(most: number) {
    this.#most = most;
  }

  add(compared: ComparedColumns, row: DifferingRow): void {
    const told = this.#tables.get(compared.table) ?? [];
    this.#tables.set(compared.table, told);
    const sample = sampleOf(compared, row);
    const alike = told.filter(({ is }) => is === sample.is);
    if (alike.length >= this.#most || this.#bytes > SAMPLES.bytes) return;
    this.#bytes += JSON.stringify(sample).length;
    told.push(sample);
  }

  of(table: string): SampleRow[] {
    return this.#tables.get(table) ?? [];
  }
}

function sampleOf(compared: ComparedColumns, { key, left, right, differing }: DifferingRow): SampleRow {
  const { table, columns } = compared;
  const own = { table, key: shortenedRow(keyCells(compared, key)) };
  if (left === null) return { is: "insert", ...own, row: shortenedRow(right as Row) };
  if (right === null) return { is: "delete", ...own, row: shortenedRow(left) };
  const others = new Map(Object.entries(right).map(([name, value]) => [foldCase(name), value]));
  const names = differing.map((place) => columns[place] as string);
  const cells = names.map((name) => [
    name,
    [shortened(left[name] ?? null), shortened(others.get(foldCase(name)) ?? null)],
  ]);
  return { is: "update", ...own, cells: Object.fromEntries(cells) };
}

const whole = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

const place = v.strictObject({
  table: v.string(),
  after: v.nullable(
    v.pipe(
      v.array(cell),
      v.minLength(1),
      v.check((key) => key.every(isCell)),
    ),
  ),
  counts: v.strictObject({
    left: whole,
    right: whole,
    added: whole,
    deleted: whole,
    changed: whole,
    cells: whole,
  }),
});

function writeCursor(next: ComparisonPlace): string {
  return bytesToBase64Url(new TextEncoder().encode(JSON.stringify(next)));
}

function readCursor(text: string): ComparisonPlace {
  try {
    const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = Uint8Array.from(binary, (one) => one.charCodeAt(0));
    return v.parse(place, JSON.parse(new TextDecoder().decode(bytes)));
  } catch {
    throw new FerryError("INVALID_REQUEST", '"cursor" has to be one that was answered', {
      hint: "Begin again without a cursor.",
      details: { field: "cursor" },
    });
  }
}

function nothingToCompare(): FerryError {
  return new FerryError("INVALID_REQUEST", 'Neither "left" nor "right" is named; nothing was compared', {
    hint: "Name an archive, or two: what is not named is the database as it is.",
    details: { field: "left" },
  });
}

function notComparable(key: FerryKey, why: string): FerryError {
  return new FerryError("UNSUPPORTED", `${key} ${why}, so it cannot be compared. Nothing was read`, {
    hint: 'Plan a sync of it ("dryRun": true): the plan says how it differs from the database.',
    details: { syncKey: key },
  });
}
