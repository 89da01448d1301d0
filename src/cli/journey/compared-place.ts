import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { newKey } from "../../bucket/keys.ts";
import { comparedApp } from "../../client/compared-app.ts";
import { type ComparedPlace, type Description, databasePlace } from "../../diff/index.ts";
import type { TableChoice } from "../../sync/schema/index.ts";
import type { App } from "../places/app.ts";
import { fileSource } from "../places/file-source.ts";
import { openSqlite } from "../places/open-sqlite.ts";
import type { Place } from "../places/place.ts";
import { sqliteTarget } from "../targets/sqlite-target.ts";
import type { World } from "../world.ts";

interface OpenedPlace {
  place: ComparedPlace;
  close(): Promise<void>;
}

/** A place, an app being connected. */
export type ConnectedPlace = { kind: "app"; app: App } | Exclude<Place, { kind: "app" }>;

export interface OpenPlacesOptions {
  choice: Pick<TableChoice, "tables" | "exclude" | "include" | "all">;
  world: Pick<World, "signal" | "now">;
}

/** Opens two places to be compared, and closes them when `work` ends. */
export async function withComparedPlaces<T>(
  places: readonly [ConnectedPlace, ConnectedPlace],
  options: OpenPlacesOptions,
  work: (left: ComparedPlace, right: ComparedPlace) => Promise<T>,
): Promise<T> {
  const left = await open(places[0], options);
  try {
    const right = await open(places[1], options);
    try {
      return await work(left.place, right.place);
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

function openFile(path: string, choice: TableChoice): OpenedPlace {
  const database = openSqlite(path, { readOnly: true });
  return {
    place: databasePlace(database, { choice }),
    async close() {
      database.close();
    },
  };
}

async function unpack(archive: string, path: string, world: OpenPlacesOptions["world"]): Promise<void> {
  const target = await sqliteTarget(path, await fileSource(archive), { world });
  try {
    await target.drive(newKey("sync"), { mode: "merge", all: true, undo: false }, () => undefined);
  } finally {
    await target.close();
  }
}
