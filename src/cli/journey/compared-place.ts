import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { newKey } from "../../bucket/keys.ts";
import { comparedApp } from "../../client/compared-app.ts";
import { type ComparedPlace, type Description, databasePlace } from "../../diff/index.ts";
import { FerryError } from "../../errors.ts";
import { lacksColumns } from "../../sync/add-columns.ts";
import type { AddedColumns } from "../../sync/run/index.ts";
import type { TableChoice } from "../../sync/schema/index.ts";
import type { App } from "../places/app.ts";
import { fileSource } from "../places/file-source.ts";
import { migrateSqlite } from "../places/migrate-sqlite.ts";
import { openSqlite } from "../places/open-sqlite.ts";
import type { Place } from "../places/place.ts";
import { sqliteTarget } from "../targets/sqlite-target.ts";
import type { World } from "../world.ts";

interface OpenedPlace {
  place: ComparedPlace;
  /** Columns that it is compared with, and does not have. @default none */
  added?: AddedColumns;
  close(): Promise<void>;
}

/** A place, an app being connected. */
export type ConnectedPlace = { kind: "app"; app: App } | Exclude<Place, { kind: "app" }>;

export interface OpenPlacesOptions {
  choice: Pick<TableChoice, "tables" | "exclude" | "include" | "all">;
  /** Compare a second SQLite file as if it had all of the first place's columns. @default false */
  migrate?: boolean | undefined;
  world: Pick<World, "signal" | "now">;
}

/** Opens two places to be compared, and closes them when `work` ends. */
export async function withComparedPlaces<T>(
  places: readonly [ConnectedPlace, ConnectedPlace],
  options: OpenPlacesOptions,
  work: (left: ComparedPlace, right: ComparedPlace, added: AddedColumns) => Promise<T>,
): Promise<T> {
  const left = await open(places[0], options);
  try {
    const right =
      options.migrate && places[1].kind === "sqlite"
        ? await openMigrated(places[1], { first: left.place, choice: options.choice })
        : await open(places[1], options);
    try {
      return await work(left.place, right.place, right.added ?? { columns: [], notes: [] });
    } finally {
      await right.close();
    }
  } finally {
    await left.close();
  }
}

/** How a place is made. */
export async function describePlace(place: ConnectedPlace, options: OpenPlacesOptions): Promise<Description> {
  const opened = await open(place, options);
  try {
    return await opened.place.describe();
  } finally {
    await opened.close();
  }
}

/** A file is read as of one moment; an archive as the database that it makes. */
async function open(place: ConnectedPlace, { choice, world }: OpenPlacesOptions): Promise<OpenedPlace> {
  if (place.kind === "app") {
    return {
      place: comparedApp(place.app.client, choice, { signal: world.signal }),
      async close() {},
    };
  }
  if (place.kind === "sqlite") return openFile(place.path, choice);
  const directory = await mkdtemp(join(tmpdir(), "d1-ferry-"));
  const path = join(directory, "archive.sqlite");
  try {
    await unpack(place.path, path, world);
    const opened = openFile(path, choice);
    return {
      ...opened,
      async close() {
        await opened.close();
        await rm(directory, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await rm(directory, { recursive: true, force: true });
    throw error;
  }
}

function openFile(path: string, choice: TableChoice) {
  const database = openSqlite(path, { readOnly: true });
  return {
    database,
    place: databasePlace(database, { choice, memory: new Map() }),
    async close() {
      database.close();
    },
  };
}

/**
 * A file as it is once it has the first place's columns. Where it lacks any, nobody else writes it meanwhile; it stays as
 * it is.
 */
async function openMigrated(
  { path, local }: Extract<ConnectedPlace, { kind: "sqlite" }>,
  { first, choice }: { first: ComparedPlace; choice: TableChoice },
): Promise<OpenedPlace> {
  const asItIs = openFile(path, choice);
  const described = await first.describe({ schemas: true }).catch((error: unknown) => {
    // Whoever compares is told so as well, and decides.
    if (error instanceof FerryError) return null;
    throw error;
  });
  const { tables = [], others = [] } = described ?? {};
  const source = { schema: [...tables.flatMap(({ schema }) => schema ?? []), ...others], choice };
  if (!(await lacksColumns(asItIs.database, source))) return asItIs;
  await asItIs.close();
  const database = openSqlite(path, { exclusive: local !== undefined });
  try {
    const migrated = await migrateSqlite(database, source, path);
    return {
      place: databasePlace(database, { choice, memory: new Map() }),
      ...(migrated === null ? {} : { added: migrated.added }),
      async close() {
        database.close();
      },
    };
  } catch (error) {
    database.close();
    throw error;
  }
}

async function unpack(archive: string, path: string, world: OpenPlacesOptions["world"]): Promise<void> {
  const target = await sqliteTarget(path, await fileSource(archive), { world });
  try {
    await target.drive(newKey("sync"), { mode: "merge", all: true, undo: false }, () => undefined);
  } finally {
    await target.close();
  }
}
