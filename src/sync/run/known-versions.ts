import type { Database } from "../../database/port.ts";
import { FerryError } from "../../errors.ts";
import { refused } from "../../refusals.ts";
import { HISTORY, RUNS } from "./control-tables.ts";
import { NEXT_VERSION } from "./history.ts";
import type { RunDetails } from "./record.ts";

/**
 * Refuses a version that the history has already for one of the tables: `ALREADY_SYNCED` when it
 * holds the same, `VERSION_TAKEN` when it holds something else. One statement, a second for the refusal.
 */
export async function refuseKnownVersion(
  database: Database,
  version: number,
  contents: Readonly<Record<string, string>>,
): Promise<void> {
  const [row] = await database.query({
    sql: `SELECT (SELECT json_group_array(seed_name) FROM ${HISTORY} WHERE seed_version = CAST(?1 AS INTEGER)
        AND seed_name IN (SELECT value FROM json_each(?2))), ${NEXT_VERSION}`,
    params: [version, JSON.stringify(Object.keys(contents))],
  });
  const known = JSON.parse((row?.[0] as string | null) ?? "[]") as string[];
  if (known.length === 0) return;
  const nextVersion = row?.[1] as number;
  const earlier = await readContents(database, version);
  const changed = known.filter((table) => earlier[table] !== undefined && earlier[table] !== contents[table]);
  const details = { version, nextVersion, tables: changed.length > 0 ? changed : known };
  if (changed.length > 0) {
    throw new FerryError(
      "VERSION_TAKEN",
      `Version ${version} was synced before, with other content (${changed.join(", ")}). Nothing was changed.`,
      { hint: `Use version ${nextVersion}, the next free one, or null for whichever is next.`, details },
    );
  }
  throw refused(
    "version-known",
    `Already synced: version ${version} is in the history. Nothing was changed.`,
    { details },
  );
}

/** What completed runs of this version held, by table. */
async function readContents(database: Database, version: number): Promise<Record<string, string>> {
  const rows = await database.query({
    sql: `SELECT record FROM ${RUNS} WHERE status = 'completed' AND record ->> '$.version' = CAST(?1 AS INTEGER) ORDER BY started_at`,
    params: [version],
  });
  return Object.assign({}, ...rows.map(([record]) => (JSON.parse(record as string) as RunDetails).contents));
}
