import { stat } from "node:fs/promises";
import { assertSame } from "../data/contents.ts";
import { databaseFile, placeDatabase } from "../data/place-database.ts";
import { spawnTask } from "../tasks/spawn.ts";
import type { Watched } from "../worker/start.ts";
import { type Contender, type Field, type Sample, taskSample } from "./contender.ts";

/** d1-ferry through workerd: D1 into the bucket, and from an archive on disk through the bucket into D1. */
export const ferryExport: Contender = {
  name: "ferry-export",
  label: "d1-ferry export, D1 to R2",
  direction: "export",
  run: (field) => exportOnce(field),
};

export const ferryImport: Contender = {
  name: "ferry-import",
  label: "d1-ferry import, upload and sync",
  direction: "import",
  run: (field) => importOnce(field),
};

/** The same with the isolate's memory watched, which says nothing about the time. */
export const watchedExport: Contender = { ...ferryExport, run: (field) => exportOnce(field, "memory") };
export const watchedImport: Contender = { ...ferryImport, run: (field) => importOnce(field, "memory") };

async function exportOnce(field: Field, watch?: Watched): Promise<Sample> {
  const { directory, seed, bundle, archive } = field;
  const watching = watch === undefined ? {} : { watch };
  const state = await directory.fresh("source");
  await placeDatabase(seed, state);
  const input = { bundle, state };
  const { figures, key } = await spawnTask("export", { ...input, ...watching });
  await spawnTask("fetch", { ...input, key: key as string, file: archive });
  field.archiveBytes = (await stat(archive)).size;
  return taskSample(figures);
}

async function importOnce(field: Field, watch?: Watched): Promise<Sample> {
  const { directory, empty, bundle, archive, contents } = field;
  const watching = watch === undefined ? {} : { watch };
  const state = await directory.fresh("target");
  await placeDatabase(empty, state);
  const { figures } = await spawnTask("import", { bundle, state, file: archive, ...watching });
  assertSame(await databaseFile(state), contents, ferryImport.label);
  return taskSample(figures);
}

/** A statement a row, as people write it: always the same few rows. */
export const byHand: Contender = {
  name: "by-hand",
  label: "row-at-a-time inserts by hand",
  direction: "import",
  async run({ directory, empty, seed, bundle }) {
    const state = await directory.fresh("by-hand");
    await placeDatabase(empty, state);
    const { figures } = await spawnTask("byHand", { bundle, state, seed });
    return taskSample(figures);
  },
};
