import fc from "fast-check";
import { foldCase, objectName } from "./names.ts";
import { makeObjects, type ObjectChoice, objectChoice } from "./objects.ts";
import { addReferences } from "./relations.ts";
import { createTable, insertRows, shapeTable, type Table, type TableChoice, tableChoice } from "./tables.ts";

/** A whole database as it was chosen: plain data, so that it shrinks. */
export interface DatabaseChoice {
  tables: { name: string; table: TableChoice }[];
  objects: ObjectChoice[];
}

export const databaseChoice: fc.Arbitrary<DatabaseChoice> = fc.record({
  tables: fc.uniqueArray(fc.record({ name: objectName, table: tableChoice }), {
    minLength: 1,
    maxLength: 4,
    selector: ({ name }) => foldCase(name),
  }),
  objects: fc.array(objectChoice, { maxLength: 5 }),
});

/** The same as SQL, in the order in which it is to be run. Any statement may be refused. */
export interface Draft {
  tables: string[];
  indexes: string[];
  rows: string[];
  sequences: string[];
  rest: string[];
}

export function draftOf({ tables: chosen, objects }: DatabaseChoice): Draft {
  const tables = chosen.map(({ name, table }) => shapeTable(name, table));
  addReferences(tables);
  const made = makeObjects(objects, tables);
  return {
    tables: [...tables.map(createTable), ...made.search],
    indexes: made.indexes,
    rows: [...inTurns(tables.map(insertRows)), ...made.searchRows],
    sequences: tables.flatMap(sequenceAhead),
    rest: made.rest,
  };
}

/** A row of each table at a time, so that foreign keys in cycles find rows to point to. */
function inTurns(lists: readonly string[][]): string[] {
  const longest = Math.max(0, ...lists.map(({ length }) => length));
  return Array.from({ length: longest }, (_, i) => lists.flatMap((list) => list[i] ?? [])).flat();
}

function sequenceAhead({ name, key, choice }: Table): string[] {
  if (key !== "autoincrement" || choice.sequence === null) return [];
  return [
    `UPDATE sqlite_sequence SET seq = max(seq, ${choice.sequence}) WHERE name = '${name.replaceAll("'", "''")}'`,
  ];
}
