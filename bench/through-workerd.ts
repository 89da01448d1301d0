import { placeDatabase } from "./data/place-database.ts";
import { copySchema, seedSqlite } from "./data/seed.ts";
import type { BenchDirectory } from "./directory.ts";
import { spawnTask } from "./tasks/spawn.ts";
import type { TaskFigures } from "./tasks/task.ts";

/** One scale through workerd: what each step took, and what its isolate held in a second pass. */
export interface WorkerdResult {
  scale: number;
  /** Bytes of the plain JSON document. */
  documentBytes: number;
  /** Bytes of the archive. */
  archiveBytes: number;
  steps: Record<Step, StepFigures>;
}

export const STEPS = ["export", "download", "upload", "sync"] as const;
export type Step = (typeof STEPS)[number];

export interface StepFigures extends TaskFigures {
  /** The isolate at its largest with a heap of HEAP_LIMIT_MB, bytes. */
  heapBytes: number;
  bufferBytes: number;
}

/** Export, download, upload and sync between two workers, each step in a process and a workerd of its own. */
export async function benchWorkerd(
  directory: BenchDirectory,
  bundle: string,
  scale: number,
): Promise<WorkerdResult> {
  const seeded = directory.path(`seed-${scale}.sqlite`);
  await seedSqlite(seeded, scale);
  const timed = await pass(directory, bundle, seeded, scale, false);
  const watched = await pass(directory, bundle, seeded, scale, true);
  const steps = Object.fromEntries(
    STEPS.map((step) => {
      const { heapBytes, bufferBytes } = watched[step];
      return [step, { ...timed[step], heapBytes, bufferBytes }];
    }),
  );
  return {
    scale,
    documentBytes: timed.download.bytes,
    archiveBytes: timed.upload.bytes,
    steps: steps as WorkerdResult["steps"],
  };
}

async function pass(
  directory: BenchDirectory,
  bundle: string,
  seeded: string,
  scale: number,
  watchHeap: boolean,
): Promise<Record<Step, TaskFigures>> {
  const source = await directory.fresh(`source-${scale}`);
  const target = await directory.fresh(`target-${scale}`);
  const empty = directory.path("empty.sqlite");
  const archive = directory.path(`transfer-${scale}.json.gz`);
  await copySchema(seeded, empty);
  await placeDatabase(seeded, source);
  await placeDatabase(empty, target);

  const from = { bundle, state: source, watchHeap };
  const to = { bundle, state: target, watchHeap };
  const exported = await spawnTask("export", from);
  const key = exported.key as string;
  const downloaded = await spawnTask("download", { ...from, key });
  await spawnTask("fetch", { ...from, key, file: archive });
  const uploaded = await spawnTask("upload", { ...to, file: archive });
  const synced = await spawnTask("sync", { ...to, key: uploaded.key as string });
  return {
    export: exported.figures,
    download: downloaded.figures,
    upload: uploaded.figures,
    sync: synced.figures,
  };
}
