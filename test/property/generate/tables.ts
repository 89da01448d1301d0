import fc from "fast-check";
import { quote } from "../../../src/database/sql/syntax.ts";
import { type Column, type ColumnChoice, column, columnChoice, pointingCell } from "./columns.ts";
import { foldCase } from "./names.ts";
import { type CellChoice, cellChoice, cellFor, type LargeChoice, largeChoice, largeValue } from "./values.ts";

export const KEYS = [
  "rowid",
  "autoincrement",
  "first",
  "none",
  "two",
  "rowid descending",
  "first without rowid",
  "two without rowid",
  "three mixed",
  "other collation",
] as const;
export type KeyKind = (typeof KEYS)[number];

export interface ReferenceChoice {
  name: string;
  /** Which of the tables, this one and later ones among them. */
  parent: number;
  /** Its key or one of its unique columns. */
  target: number;
  /** As the parent's column, or another type. */
  sameType: boolean;
  notNull: boolean;
  onDelete: number;
  onUpdate: number;
  deferred: boolean;
}

export interface TableChoice {
  strict: boolean;
  key: KeyKind;
  columns: ColumnChoice[];
  references: ReferenceChoice[];
  tableCheck: boolean;
  uniquePair: boolean;
  /** The sequence of an AUTOINCREMENT table, when it is ahead of the rows. */
  sequence: string | null;
  rows: CellChoice[][];
  large: LargeChoice | null;
  /** More columns than anyone wants. */
  wide: number;
}

const referenceChoice: fc.Arbitrary<ReferenceChoice> = fc.record({
  name: fc.constantFrom("parent_id", "owner", "Ref", "next", "up"),
  parent: fc.nat(5),
  target: fc.nat(5),
  sameType: fc.nat(4).map((n) => n < 4),
  notNull: fc.nat(5).map((n) => n === 5),
  onDelete: fc.nat(4),
  onUpdate: fc.nat(8),
  deferred: fc.boolean(),
});

export const MOST_COLUMNS = 6;
const MOST_REFERENCES = 2;

export const tableChoice: fc.Arbitrary<TableChoice> = fc.record({
  strict: fc.nat(2).map((n) => n === 2),
  key: fc.constantFrom(...KEYS),
  columns: fc.uniqueArray(columnChoice, {
    minLength: 1,
    maxLength: MOST_COLUMNS,
    selector: ({ name }) => foldCase(name),
  }),
  references: fc.uniqueArray(referenceChoice, {
    maxLength: MOST_REFERENCES,
    selector: ({ name }) => foldCase(name),
  }),
  tableCheck: fc.nat(5).map((n) => n === 5),
  uniquePair: fc.nat(4).map((n) => n === 4),
  sequence: fc.option(fc.constantFrom("50", "9007199254740993", "9223372036854775807"), { freq: 2 }),
  rows: fc.array(fc.array(cellChoice, { minLength: MOST_COLUMNS + 2, maxLength: MOST_COLUMNS + 2 }), {
    maxLength: 12,
  }),
  large: fc.oneof({ weight: 40, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: largeChoice }),
  wide: fc.oneof({ weight: 30, arbitrary: fc.constant(0) }, fc.constantFrom(40, 85)),
});

export interface Table {
  name: string;
  key: KeyKind;
  withoutRowid: boolean;
  columns: Column[];
  keyColumns: string[];
  /** What a foreign key may point to: the columns of each unique index whose collations are the columns' own. */
  targets: string[][];
  constraints: string[];
  options: string[];
  choice: TableChoice;
}

/** A table of the columns and with the key that were chosen; foreign keys are not yet there. */
export function shapeTable(name: string, choice: TableChoice): Table {
  const width = choice.key === "three mixed" ? 3 : choice.key.startsWith("two") ? 2 : 1;
  const keyed = choice.key === "none" ? [] : choice.columns.slice(0, width);
  const stored: string[] = [];
  const columns = choice.columns.map((one, i) => {
    const made = column(one, choice.strict, stored, i < Math.max(1, keyed.length));
    if (!made.generated) stored.push(made.name);
    return made;
  });
  for (let i = 0; i < choice.wide; i++) {
    columns.push({
      name: `w${i}`,
      type: "",
      collation: "",
      notNull: false,
      generated: false,
      sql: `"w${i}"`,
    });
  }
  const [first] = columns as [Column];
  const rowid = choice.key.startsWith("rowid") || choice.key === "autoincrement";
  if (rowid) Object.assign(first, { type: "INTEGER", sql: quote(first.name) });
  const keyColumns = keyed.map((one) => one.name);
  const constraints: string[] = [];
  if (choice.key === "rowid") first.sql += " INTEGER PRIMARY KEY";
  else if (choice.key === "rowid descending") first.sql += " INTEGER PRIMARY KEY DESC";
  else if (choice.key === "autoincrement") first.sql += " INTEGER PRIMARY KEY AUTOINCREMENT";
  else if (keyed.length > 0) constraints.push(`PRIMARY KEY (${keyTerms(choice.key, keyColumns)})`);

  const targets = keyed.length > 0 && choice.key !== "other collation" ? [keyColumns] : [];
  choice.columns.forEach(({ unique, name: own }) => {
    if (unique === 1 && columns.some((one) => one.name === own)) {
      constraints.push(`UNIQUE (${quote(own)})`);
      targets.push([own]);
    }
  });
  const [one, two] = choice.columns.slice(-2);
  if (choice.uniquePair && one !== undefined && two !== undefined) {
    constraints.push(`UNIQUE (${quote(two.name)}, ${quote(one.name)})`);
    targets.push([one.name, two.name]);
    constraints.push(choice.tableCheck ? `CHECK (${quote(one.name)} IS NOT ${quote(two.name)} OR 1)` : "");
  }
  const withoutRowid = choice.key.endsWith("without rowid");
  return {
    name,
    key: choice.key,
    withoutRowid,
    columns,
    keyColumns,
    targets,
    constraints: constraints.filter((text) => text !== ""),
    options: [...(withoutRowid ? ["WITHOUT ROWID"] : []), ...(choice.strict ? ["STRICT"] : [])],
    choice,
  };
}

function keyTerms(kind: KeyKind, names: readonly string[]): string {
  const suffix: Partial<Record<KeyKind, string[]>> = {
    "three mixed": [" DESC", "", " DESC"],
    "other collation": [" COLLATE NOCASE"],
  };
  return names.map((name, i) => `${quote(name)}${suffix[kind]?.[i] ?? ""}`).join(", ");
}

export function createTable({ name, columns, constraints, options }: Table): string {
  return `CREATE TABLE ${quote(name)} (${[...columns.map(({ sql }) => sql), ...constraints].join(", ")}) ${options.join(", ")}`.trim();
}

/** The statements that insert its rows, one a row. Some may be refused. */
export function insertRows({ name, columns, choice, key }: Table): string[] {
  const stored = columns.filter(({ generated }) => !generated);
  const names = stored.map((one) => quote(one.name)).join(", ");
  const isRowid = key === "rowid" || key === "autoincrement";
  const rows = choice.rows.map((cells, row) =>
    stored.map((one, i) => {
      const cell = cells[i % cells.length]!;
      if (one.pointsTo !== undefined) return pointingCell(one.pointsTo, cell);
      // Behind the largest rowid SQLite takes any number, each time another one.
      if (i === 0 && isRowid && cell.isNull) return String(row + 100);
      if (i > 0 && i >= choice.columns.length + choice.references.length) return String((row * i) % 7);
      return cellFor(one.type, cell);
    }),
  );
  if (choice.large !== null && rows.length > 0) {
    const at = stored.findIndex(
      ({ pointsTo, name: own }, i) => i > 0 && pointsTo === undefined && own !== "",
    );
    const last = rows.at(-1)!;
    if (at > 0) last[at] = largeValue(choice.large);
  }
  // Rows without a key are told apart by their rowids, which need not be the first ones.
  const rowid =
    key === "none" &&
    ["rowid", "_rowid_", "oid"].every((own) => stored.every((one) => foldCase(one.name) !== own));
  return rows.map((cells, i) =>
    rowid
      ? `INSERT INTO ${quote(name)} (rowid, ${names}) VALUES (${i * 3 - 4}, ${cells.join(", ")})`
      : `INSERT INTO ${quote(name)} (${names}) VALUES (${cells.join(", ")})`,
  );
}
