import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { newKey } from "../../bucket/keys.ts";
import { comparedApp } from "../../client/compared-app.ts";
import type { SqliteDatabase } from "../../database/node-sqlite.ts";
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
import { excludedAtEither } from "./excluded-at-either.ts";
import { namedAtTarget } from "./named-at-target.ts";

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
  /** The second place may lack tables that are named. @default false */
  mayLackNamed?: boolean | undefined;
  /** Apps take packed questions, as they did last time. @default they say so */
  packs?: boolean | undefined;
  world: Pick<World, "signal" | "now">;
}

interface OpenOptions extends OpenPlacesOptions {
  /** Excluded tables that one of the places does not have. */
  lacking: Set<string>;
}

/** Opens two places to be compared, and closes them when `work` ends. */
export async function withComparedPlaces<T>(
  places: readonly [ConnectedPlace, ConnectedPlace],
  asked: OpenPlacesOptions,
  work: (left: ComparedPlace, right: ComparedPlace, added: AddedColumns) => Promise<T>,
): Promise<T> {
  const options = { ...asked, lacking: new Set<string>() };
  const left = await open(places[0], { ...options, mayLackNamed: false });
  try {
    const right =
      options.migrate && places[1].kind === "sqlite"
        ? await openMigrated(places[1], left.place, options)
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
  const opened = await open(place, { ...options, lacking: new Set() });
  try {
    return await opened.place.describe();
  } finally {
    await opened.close();
  }
}

/** A file is read as of one moment; an archive as the database that it makes. */
async function open(place: ConnectedPlace, options: OpenOptions): Promise<OpenedPlace> {
  const { world, packs } = options;
  if (place.kind === "app") {
    const { client } = place.app;
    const made = (chosen: TableChoice) => comparedApp(client, chosen, { signal: world.signal, packs });
    return { place: asChosen(made, options), async close() {} };
  }
  if (place.kind === "sqlite") return openFile(place.path, options);
  const directory = await mkdtemp(join(tmpdir(), "d1-ferry-"));
  const path = join(directory, "archive.sqlite");
  try {
    await unpack(place.path, path, world);
    const opened = openFile(path, options);
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

function openFile(path: string, options: Choosing) {
  const database = openSqlite(path, { readOnly: true });
  return {
    database,
    place: placeOf(database, options),
    async close() {
      database.close();
    },
  };
}

function placeOf(database: SqliteDatabase, options: Choosing): ComparedPlace {
  const made = (chosen: TableChoice) => databasePlace(database, { choice: chosen, memory: new Map() });
  return asChosen(made, options);
}

type Choosing = Pick<OpenOptions, "choice" | "lacking" | "mayLackNamed">;

/** A place with the tables that are chosen, as far as it has to have them. */
function asChosen(
  make: (choice: TableChoice) => ComparedPlace,
  { choice, lacking, mayLackNamed = false }: Choosing,
): ComparedPlace {
  const made = mayLackNamed ? (chosen: TableChoice) => namedAtTarget(make, chosen) : make;
  return excludedAtEither(made, choice, lacking);
}

/**
 * A file as it is once it has the first place's columns. Where it lacks any, nobody else writes it meanwhile; it stays as
 * it is.
 */
async function openMigrated(
  { path, local }: Extract<ConnectedPlace, { kind: "sqlite" }>,
  first: ComparedPlace,
  options: OpenOptions,
): Promise<OpenedPlace> {
  const { choice } = options;
  const asItIs = openFile(path, options);
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
      place: placeOf(database, options),
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
