import { assertSame, tablesOf } from "../data/contents.ts";
import { FRAME_BYTES, writeFrames } from "../data/frames.ts";
import { databaseFile, placeDatabase } from "../data/place-database.ts";
import { spawnTask } from "../tasks/spawn.ts";
import { type Contender, taskSample } from "./contender.ts";

const LABEL = "the local D1 and R2 alone";

/** What the platform takes for the same rows and the same archive's bytes, without d1-ferry. */
export const floorExport: Contender = {
  name: "floor-export",
  label: LABEL,
  direction: "export",
  async run({ directory, seed, bundle, archive, contents: { rows, bytes } }) {
    const state = await directory.fresh("floor-source");
    await placeDatabase(seed, state);
    const read = { tables: tablesOf(seed), rows, limit: Math.ceil(rows / (bytes / FRAME_BYTES)) };
    return taskSample((await spawnTask("floorExport", { bundle, state, file: archive, read })).figures);
  },
};

export const floorImport: Contender = {
  name: "floor-import",
  label: LABEL,
  direction: "import",
  async run({ directory, seed, empty, bundle, archive, contents }) {
    const frames = directory.path("frames.jsonl");
    await writeFrames(seed, frames);
    const state = await directory.fresh("floor-target");
    await placeDatabase(empty, state);
    const { figures } = await spawnTask("floorImport", { bundle, state, file: archive, frames });
    assertSame(await databaseFile(state), contents, LABEL);
    return taskSample(figures);
  },
};
