import type { SchemaObject } from "../../../archive/types.ts";
import type { Statement } from "../../../database/port.ts";
import type { ObjectEntry } from "../../../database/schema.ts";
import { CELLS, CHANGES, FRAMES, HISTORY, RUNS } from "../../run/index.ts";
import type { ApplyRequest } from "./request.ts";

/** What a full-text table keeps its index and its rows in (sqlite.org/fts5.html#fts5_data_structures). */
const SHADOWS = ["data", "idx", "content", "docsize", "config"];

/** May have been made, or changed, since the schema was read. */
const OWN = [RUNS, FRAMES, CHANGES, CELLS];

/** A row of sqlite_schema by what it is: its type, its name, and its table's. */
type Declared = [type: string, name: string, table: string];

/**
 * Fails the batch when anything of the schema is otherwise than it was read, and is not what this run makes:
 * a row that is new under another name, gone, or of another SQL. Behind everything else, for triggers go and
 * come back. On D1 nothing else stands behind the reading of an archive's SQL.
 */
export function guardSchema({ staged: { run }, target: { schema, create } }: ApplyRequest): Statement[] {
  if (create.objects.length === 0) return [];
  const sql = `UPDATE ${RUNS} SET undeclared = (
      SELECT count(*) FROM (${LIVE} EXCEPT ${READ}) AS found
      WHERE found.tbl_name NOT IN (${[...OWN, HISTORY].map((name) => `'${name}'`).join(", ")})
        AND NOT EXISTS (SELECT 1 FROM json_each(?3) AS d
          WHERE d.value ->> 2 = found.tbl_name COLLATE NOCASE
            AND (d.value ->> 0 = found.type AND d.value ->> 1 = found.name COLLATE NOCASE
              OR d.value ->> 0 = 'table' AND found.type = 'index' AND found.sql IS NULL))
    ) + (SELECT count(*) FROM (${READ} EXCEPT ${LIVE})) WHERE key = ?1`;
  return [{ sql, params: [run, asRead(schema.objects), JSON.stringify(declaredBy(create.objects))] }];
}

const LIVE = `SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE name NOT LIKE '\\_cf\\_%' ESCAPE '\\'`;

const READ = `SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM json_each(?2)`;

/** The platform's tables are its own business. */
function asRead(objects: readonly ObjectEntry[]): string {
  const users = objects.filter(({ name, table }) => !/^_cf_/i.test(name) && !OWN.includes(table));
  return JSON.stringify(users.map(({ type, name, table, sql }) => [type, name, table, sql]));
}

function declaredBy(objects: readonly SchemaObject[]): Declared[] {
  const declared = objects.flatMap((object): Declared[] => {
    const { type, name } = object;
    if (type === "view") return [["view", name, name]];
    if (type === "index" || type === "trigger") return [[type, name, object.table]];
    const made: Declared[] = [["table", name, name]];
    if (type === "table" && object.fts5 === undefined) return made;
    return [...made, ...SHADOWS.map((end): Declared => ["table", `${name}_${end}`, `${name}_${end}`])];
  });
  // SQLite makes it with the first table that counts its rowids.
  return [...declared, ["table", "sqlite_sequence", "sqlite_sequence"]];
}
