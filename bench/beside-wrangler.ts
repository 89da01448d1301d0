import { placeDatabase } from "./data/place-database.ts";
import type { BenchDirectory } from "./directory.ts";
import { figures, type ProgramFigures } from "./on-files.ts";
import { createProject, wranglerExecute, wranglerExport } from "./peers/wrangler.ts";

/** What wrangler takes for a local D1 of scale 1. */
export interface WranglerResult {
  export: ProgramFigures;
  execute: ProgramFigures;
}

/** Needs `seed-1.sqlite` in the directory. */
export async function benchWrangler(directory: BenchDirectory): Promise<WranglerResult> {
  const source = await directory.fresh("wrangler-source");
  const target = await directory.fresh("wrangler-target");
  const sql = directory.path("wrangler.sql");
  await placeDatabase(directory.path("seed-1.sqlite"), await createProject(source));
  await createProject(target);
  return {
    export: figures(await wranglerExport(source, sql)),
    execute: figures(await wranglerExecute(target, sql)),
  };
}
