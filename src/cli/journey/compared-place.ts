import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { newKey } from "../../bucket/keys.ts";
import { comparedApp } from "../../client/compared-app.ts";
import { type ComparedPlace, databasePlace } from "../../diff/index.ts";
import type { TableChoice } from "../../sync/schema/index.ts";
import type { App } from "../places/app.ts";
import { fileSource } from "../places/file-source.ts";
import { openSqlite } from "../places/open-sqlite.ts";
import { type Place, placeName } from "../places/place.ts";
import { sqliteTarget } from "../targets/sqlite-target.ts";
import type { World } from "../world.ts";

export interface OpenedPlace {
  name: string;
  place: ComparedPlace;
  close(): Promise<void>;
}

/** A place, an app being connected. */
export type ConnectedPlace = { kind: "app"; app: App } | Exclude<Place, { kind: "app" }>;

export interface OpenPlaceOptions {
  choice: Pick<TableChoice, "tables" | "exclude" | "include" | "all">;
  world: Pick<World, "signal" | "now">;
}

/** Opens a place to be compared. A file is read as of one moment; an archive as the database that it makes. */
export async function openComparedPlace(
  place: ConnectedPlace,
  { choice, world }: OpenPlaceOptions,
): Promise<OpenedPlace> {
  if (place.kind === "app") {
    return {
      name: placeName({ kind: "app", url: place.app.url }),
      place: comparedApp(place.app.client, choice, { signal: world.signal }),
      async close() {},
    };
  }
  const name = placeName(place);
  if (place.kind === "sqlite") return openFile(name, place.path, choice);
  const directory = await mkdtemp(join(tmpdir(), "d1-ferry-"));
  const path = join(directory, "archive.sqlite");
  try {
    await unpack(place.path, path, world);
    const opened = openFile(name, path, choice);
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

function openFile(name: string, path: string, choice: TableChoice): OpenedPlace {
  const database = openSqlite(path, { readOnly: true });
  return {
    name,
    place: databasePlace(database, { choice }),
    async close() {
      database.close();
    },
  };
}

async function unpack(archive: string, path: string, world: OpenPlaceOptions["world"]): Promise<void> {
  const target = await sqliteTarget(path, await fileSource(archive), { world });
  try {
    await target.drive(newKey("sync"), { mode: "merge", all: true, undo: false }, () => undefined);
  } finally {
    await target.close();
  }
}
