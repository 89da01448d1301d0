import { affinityOf } from "../../database/affinity.ts";
import type { Database } from "../../database/port.ts";
import { keyJson } from "../../database/sql/key-json.ts";
import type { Params } from "../../database/sql/params.ts";
import { evaluate } from "../../database/sql/scalars.ts";
import { quote } from "../../database/sql/syntax.ts";
import { FerryError } from "../../errors.ts";
import { FRAMES } from "../run/index.ts";
import { hasKey, type Staged, type StagedTable, shapeSql } from "../stage/index.ts";

/** Refuses a document in which two rows have one key: `UNIQUE_CONFLICT`. An archive of all rows cannot hold such rows. */
export async function refuseDuplicateKeys(database: Database, { tables }: Staged): Promise<void> {
  const found = await findDuplicate(
    database,
    tables.map((table) => ({
      ...table,
      shapes: table.shapes.filter((shape) => hasKey({ staged: table, shape })),
    })),
  );
  if (found === null) return;
  const { table, key, times } = found;
  throw new FerryError(
    "UNIQUE_CONFLICT",
    `The document holds the row with the key ${key} of "${table}" ${times} times. No table was changed.`,
    { hint: "Keep one of the rows.", details: found },
  );
}

/**
 * Refuses an archive of single rows that speaks of one key twice, in whichever of its frames: `ARCHIVE_CORRUPT`. A key
 * that is gone and a row whose key a collation takes for it are two: the row stays.
 */
export async function refuseRepeatedKeys(database: Database, { tables }: Staged): Promise<void> {
  const keyed = tables.filter((table) => table.keyed === true);
  const found = await findDuplicate(
    database,
    keyed.flatMap((table) => [
      { ...table, shapes: [...table.shapes, ...table.gone], exact: true },
      ...(table.table.keyCollations === undefined ? [] : [table]),
    ]),
  );
  if (found === null) return;
  const { table, key, times } = found;
  throw new FerryError(
    "ARCHIVE_CORRUPT",
    `The archive speaks of the key ${key} of "${table}" ${times} times. No table was changed.`,
    { hint: "Export again.", details: found },
  );
}

interface Duplicate {
  table: string;
  /** JSON. */
  key: string;
  times: number;
}

interface Compared extends StagedTable {
  /** Keys are compared as they stand. @default as the table's key compares them */
  exact?: boolean;
}

/** The first key that stands among the shapes' rows twice. */
async function findDuplicate(
  database: Database,
  tables: readonly Compared[],
): Promise<(Duplicate & Record<string, unknown>) | null> {
  const asked = tables.filter(({ shapes }) => shapes.length > 0);
  const { values } = await evaluate(
    database,
    asked.map((table) => (params) => duplicateIn(table, params)),
  );
  for (const [i, { table }] of asked.entries()) {
    const found = values[i];
    if (typeof found !== "string") continue;
    const [key, times] = JSON.parse(found) as [string, number];
    return { table: table.name, key, times };
  }
  return null;
}

/**
 * A scalar: the first key that stands there twice and how often, as JSON; NULL when there is none. Which keys are
 * one is SQLite's own word.
 */
function duplicateIn({ exact = false, ...staged }: Compared, params: Params): string {
  const { run, table } = staged;
  const shapesSql = staged.shapes.map((shape) => ({
    text: params.add(shape.text),
    sql: shapeSql({ staged, shape }, params),
  }));
  const raw = table.key.columns.map((name, i) => {
    const cells = shapesSql.map(({ text, sql }) => `WHEN ${text} THEN ${sql.cell(name)}`);
    return `CASE s.shape ${cells.join(" ")} END AS r${i}`;
  });
  const stored = table.key.columns.map((name, i) => {
    const column = table.columns.find((candidate) => candidate.name === name);
    const isText = column !== undefined && affinityOf(column.type, table) === "text";
    return `${isText ? `iif(typeof(r${i}) = 'blob', r${i}, CAST(r${i} AS TEXT))` : `r${i}`} AS k${i}`;
  });
  const terms = table.key.columns.map((name, i) => {
    const collation = exact ? undefined : table.keyCollations?.get(name);
    return collation === undefined ? `k${i}` : `k${i} COLLATE ${quote(collation)}`;
  });
  const keys = table.key.columns.map((_, i) => `k${i}`);
  return `SELECT json_array(CAST("key" AS TEXT), times) FROM (
    SELECT ${keyJson(keys, (key) => key)} AS "key", count(*) AS times
    FROM (SELECT ${stored.join(", ")} FROM (SELECT ${raw.join(", ")}
      FROM (SELECT j.value AS v, f.shape AS shape, f.run AS run FROM ${FRAMES} AS f CROSS JOIN json_each(f.rows) AS j
        WHERE f.run = ${params.add(run)} AND f.tbl = ${params.add(table.name)}
          AND f.shape IN (${shapesSql.map(({ text }) => text).join(", ")}) LIMIT -1) AS s LIMIT -1))
    GROUP BY ${terms.join(", ")} HAVING count(*) > 1 LIMIT 1)`;
}
