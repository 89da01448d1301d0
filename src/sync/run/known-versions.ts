import type { Database } from "../../database/port.ts";
import { FerryError } from "../../errors.ts";
import { refused } from "../../refusals.ts";
import { HISTORY, RUNS } from "./control-tables.ts";
import { NEXT_VERSION } from "./history.ts";
import type { RunDetails } from "./record.ts";

export interface KnownVersionAsked {
  version: number;
  /** What comes, by table. */
  contents: Readonly<Record<string, string>>;
  /** Some of the tables may be left out of the run; else it is all or nothing. */
  partly: boolean;
}

/**
 * The tables of which the history has the version already. Refuses it where that is all of them (`ALREADY_SYNCED`), and
 * where one of them was synced with other content (`VERSION_TAKEN`). One statement, a second where some are known.
 */
export async function tablesKnownAt(
  database: Database,
  { version, contents, partly }: KnownVersionAsked,
): Promise<string[]> {
  const tables = Object.keys(contents);
  const [row] = await database.query({
    sql: `SELECT (SELECT json_group_array(seed_name) FROM ${HISTORY} WHERE seed_version = CAST(?1 AS INTEGER)
        AND seed_name IN (SELECT value FROM json_each(?2))), ${NEXT_VERSION}`,
    params: [version, JSON.stringify(tables)],
  });
  const known = JSON.parse((row?.[0] as string | null) ?? "[]") as string[];
  if (known.length === 0) return [];
  const nextVersion = row?.[1] as number;
  const earlier = await readContents(database, version);
  const changed = known.filter((table) => earlier.has(table) && earlier.get(table) !== contents[table]);
  const details = { version, nextVersion, tables: changed.length > 0 ? changed : known };
  if (changed.length > 0) {
    throw new FerryError(
      "VERSION_TAKEN",
      `Version ${version} was synced before, with other content (${changed.join(", ")}). Nothing was changed.`,
      { hint: `Use version ${nextVersion}, the next free one, or null for whichever is next.`, details },
    );
  }
  if (partly && known.length < tables.length) return known;
  throw refused(
    "version-known",
    `Already synced: version ${version} is in the history. Nothing was changed.`,
    { details },
  );
}

/** What completed runs of this version held, by table. */
async function readContents(database: Database, version: number): Promise<Map<string, string>> {
  const rows = await database.query({
    sql: `SELECT record FROM ${RUNS} WHERE status = 'completed' AND record ->> '$.version' = CAST(?1 AS INTEGER) ORDER BY started_at`,
    params: [version],
  });
  // A table may be called __proto__.
  return new Map(
    rows.flatMap(([record]) => Object.entries((JSON.parse(record as string) as RunDetails).contents)),
  );
}
