import { rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { BenchDirectory } from "./directory.ts";
import { type ProgramRun, runProgram } from "./measure/program.ts";
import { sqlitePeer } from "./peers/sqlite.ts";

const CLI = fileURLToPath(new URL("../dist/cli.js", import.meta.url));

/** One scale on SQLite files: the command line beside SQLite's own shell. */
export interface FilesResult {
  scale: number;
  peer: string;
  export: ProgramFigures;
  import: ProgramFigures;
  peerDump: ProgramFigures;
  peerLoad: ProgramFigures;
}

export type ProgramFigures = Omit<ProgramRun, "stdout">;

/** Needs `seed-N.sqlite` in the directory. */
export async function benchFiles(directory: BenchDirectory, scale: number): Promise<FilesResult> {
  const seeded = directory.path(`seed-${scale}.sqlite`);
  const folder = await directory.fresh(`files-${scale}`);
  const [archive, imported, sql, loaded] = ["a.json.gz", "imported.sqlite", "dump.sql", "loaded.sqlite"].map(
    (name) => directory.path(`files-${scale}`, name),
  ) as [string, string, string, string];
  const cli = (...args: string[]) =>
    runProgram(process.execPath, [CLI, ...args, "--json"], { cwd: folder }).then(figures);
  const peer = sqlitePeer();
  return {
    scale,
    peer: peer.name,
    export: await cli("export", seeded, "-o", archive),
    import: await cli("import", archive, "--to", imported, "--yes"),
    peerDump: figures(await peer.dump(seeded, sql)),
    peerLoad: figures(await peer.load(sql, loaded)),
  };
}

export function figures({ seconds, cpuSeconds, peakBytes }: ProgramRun): ProgramFigures {
  return { seconds, cpuSeconds, peakBytes };
}

/** The databases of this scale are no longer needed. */
export async function clearFiles(directory: BenchDirectory, scale: number): Promise<void> {
  await rm(directory.path(`files-${scale}`), { recursive: true, force: true });
}
