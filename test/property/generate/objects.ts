import fc from "fast-check";
import { quote } from "../../../src/database/sql/syntax.ts";
import { foldCase, objectName } from "./names.ts";
import type { Table } from "./tables.ts";

/** An index, view, trigger or full-text table over one of the tables. */
export interface ObjectChoice {
  name: string;
  kind: number;
  table: number;
  column: number;
  variant: number;
  words: string[];
}

export const objectChoice: fc.Arbitrary<ObjectChoice> = fc.record({
  name: objectName,
  kind: fc.nat(9),
  table: fc.nat(5),
  column: fc.nat(8),
  variant: fc.nat(7),
  words: fc.array(fc.constantFrom("apple", "pear plum", "Apple pear", "it's naïve", "", "{}", "a\nb\rc"), {
    maxLength: 6,
  }),
});

export interface Objects {
  /** Before the rows, which they may refuse. */
  indexes: string[];
  /** After the tables: full-text tables with rows of their own. */
  search: string[];
  searchRows: string[];
  /** After the rows. */
  rest: string[];
}

export function makeObjects(choices: readonly ObjectChoice[], tables: readonly Table[]): Objects {
  const objects: Objects = { indexes: [], search: [], searchRows: [], rest: [] };
  for (const choice of choices) {
    const table = tables[choice.table % tables.length]!;
    const column = table.columns[choice.column % table.columns.length]!;
    const other = table.columns[(choice.column + 1) % table.columns.length]!;
    const [name, on, of, beside] = [choice.name, table.name, column.name, other.name].map(quote) as [
      string,
      string,
      string,
      string,
    ];
    if (choice.kind < 4) objects.indexes.push(indexOf(choice.variant, name, on, of, beside));
    else if (choice.kind === 4) objects.rest.push(...viewOf(choice.variant, name, on, of, beside));
    else if (choice.kind < 8) objects.rest.push(triggerOf(choice.variant, name, on, of));
    else if (choice.kind === 8) addSearch(objects, choice, name);
    else objects.rest.push(...searchOver(table, name, choice.variant));
  }
  return objects;
}

function indexOf(variant: number, name: string, on: string, of: string, beside: string): string {
  return [
    `CREATE INDEX ${name} ON ${on} (${of})`,
    `CREATE UNIQUE INDEX ${name} ON ${on} (${of})`,
    `CREATE UNIQUE INDEX ${name} ON ${on} (${of}, ${beside} DESC)`,
    `CREATE INDEX ${name} ON ${on} (${of}) WHERE ${beside} IS NOT NULL`,
    `CREATE UNIQUE INDEX ${name} ON ${on} (${of}) WHERE typeof(${beside}) = 'text'`,
    `CREATE UNIQUE INDEX ${name} ON ${on} (CASE typeof(${of}) WHEN 'text' THEN lower(${of}) ELSE ${of} END)`,
    `CREATE UNIQUE INDEX ${name} ON ${on} (${of} COLLATE NOCASE)`,
    `CREATE INDEX ${name} ON ${on} (typeof(${of}) COLLATE RTRIM DESC, ${beside})`,
  ][variant]!;
}

function viewOf(variant: number, name: string, on: string, of: string, beside: string): string[] {
  const view = [
    `CREATE VIEW ${name} AS SELECT * FROM ${on}`,
    `CREATE VIEW ${name} (x) AS SELECT ${of} FROM ${on} WHERE ${beside} IS NOT NULL`,
    `CREATE VIEW ${name} AS SELECT count(*) AS n, ${of} FROM ${on} GROUP BY ${of} -- the end`,
  ][variant % 3]!;
  if (variant < 6) return [view];
  const trigger = quote(`${name} instead`);
  return [
    view,
    `CREATE TRIGGER ${trigger} INSTEAD OF INSERT ON ${name} BEGIN DELETE FROM ${on} WHERE ${of} IS 'no; END'; END`,
  ];
}

function triggerOf(variant: number, name: string, on: string, of: string): string {
  return [
    `CREATE TRIGGER ${name} AFTER INSERT ON ${on} BEGIN DELETE FROM ${on}; END`,
    `CREATE TRIGGER ${name} BEFORE INSERT ON ${on} BEGIN SELECT RAISE(ABORT, 'no rows; please'); END`,
    `CREATE TRIGGER ${name} BEFORE UPDATE OF ${of} ON ${on} WHEN old.${of} IS NOT new.${of} BEGIN SELECT RAISE(FAIL, 'no'); END`,
    `CREATE TRIGGER ${name} AFTER DELETE ON ${on} BEGIN SELECT RAISE(ROLLBACK, 'stay'); END`,
    `CREATE TRIGGER ${name} AFTER UPDATE ON ${on} BEGIN DELETE FROM ${on} WHERE ${of} IS new.${of}; END`,
    `CREATE TRIGGER ${name} BEFORE INSERT ON ${on} BEGIN SELECT RAISE(IGNORE); END`,
    `CREATE TRIGGER ${name} AFTER INSERT ON ${on} FOR EACH ROW WHEN new.${of} IS NULL BEGIN SELECT 1; SELECT 'END;'; END`,
    `CREATE TRIGGER ${name} AFTER DELETE ON ${on} BEGIN DELETE FROM ${on} WHERE ${of} IS old.${of}; END`,
  ][variant]!;
}

function addSearch(objects: Objects, { variant, words }: ObjectChoice, name: string): void {
  const options = [
    "",
    ", tokenize = 'porter'",
    ", prefix = '2 3'",
    ', tokenize = "unicode61 remove_diacritics 2"',
  ];
  objects.search.push(
    `CREATE VIRTUAL TABLE ${name} USING fts5(title, body UNINDEXED${options[variant % 4]})`,
  );
  for (const [i, text] of words.entries()) {
    const literal = `'${text.replaceAll("'", "''")}'`;
    objects.searchRows.push(
      `INSERT INTO ${name} (rowid, title, body) VALUES (${i * 2 + 1}, ${literal}, ${i % 2 === 0 ? 9007199254740993n - BigInt(i) : literal})`,
    );
  }
}

/** Full-text search over the table's own text, where fts5 takes the names. */
function searchOver(table: Table, name: string, variant: number): string[] {
  const plain = table.columns.filter(
    ({ name: own }) => /^[a-z]+$/.test(own) && !/^(rank|rowid|oid)$/.test(own),
  );
  const alias = table.key === "rowid" || table.key === "autoincrement";
  // The rowid of a row that another key identifies is not carried.
  if (plain.length === 0 || !(alias || table.key === "none")) return [];
  const columns = plain.slice(0, 2).map(({ name: own }) => own);
  const rowid = alias ? table.keyColumns[0]! : null;
  if (rowid !== null && foldCase(rowid) !== rowid) return [];
  const content = `content='${table.name.replaceAll("'", "''")}'`;
  const key = rowid === null ? "" : `, content_rowid='${rowid.replaceAll("'", "''")}'`;
  return [
    `CREATE VIRTUAL TABLE ${name} USING fts5(${columns.join(", ")}, ${content}${key}${variant % 2 === 0 ? ", tokenize='porter'" : ""})`,
    `INSERT INTO ${name} (${name}) VALUES ('rebuild')`,
  ];
}
