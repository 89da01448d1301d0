import type { Contents } from "../data/contents.ts";
import type { BenchDirectory } from "../directory.ts";
import type { HeapPeak } from "../measure/heap.ts";
import type { ProgramRun } from "../measure/program.ts";
import type { TaskFigures } from "../tasks/task.ts";

/** What one run took, whoever did it. */
export interface Sample {
  seconds: number;
  /** Of all processes. */
  cpuSeconds: number;
  /** The largest process, or all of a program's together, bytes; null where there is no /proc. */
  peakBytes: number | null;
  /** Null where nobody tells. */
  statements: number | null;
  /** With indexes counted, as D1 bills them; null where nobody tells. */
  rowsWritten: number | null;
  /** Requests to the Worker; null where there is none. */
  invocations: number | null;
  /** Seconds of its parts, by name. */
  parts: Record<string, number>;
  /** Null where it is not a Worker's, or was not watched. */
  isolate: HeapPeak | null;
}

/** One size of the data, and the files that the measures make and need. */
export interface Field {
  rows: number;
  contents: Contents;
  /** The database that is exported. */
  seed: string;
  /** A database with its tables and no rows. */
  empty: string;
  /** What the last exports wrote. */
  archive: string;
  wranglerSql: string;
  shellSql: string;
  /** Bytes of the archive, once it was written. */
  archiveBytes: number | null;
  /** Everything of this size that is not kept. */
  directory: BenchDirectory;
  /** The bundled worker. */
  bundle: string;
}

export type Direction = "export" | "import" | "start";

/** One way to do it. Each run is a process, and where there is one a workerd, of its own. */
export interface Contender {
  name: string;
  /** For people. */
  label: string;
  direction: Direction;
  /** Does it once from a fresh state, sees that the rows are right, and answers what it took. */
  run(field: Field): Promise<Sample>;
}

export function programSample(run: ProgramRun, statements: number | null = null): Sample {
  const { seconds, cpuSeconds, peakBytes } = run;
  return {
    seconds,
    cpuSeconds,
    peakBytes,
    statements,
    rowsWritten: null,
    invocations: null,
    parts: {},
    isolate: null,
  };
}

export function taskSample({ seconds, cpuSeconds, peakBytes, isolate, ...rest }: TaskFigures): Sample {
  const { parts, statements, rowsWritten, invocations } = rest;
  return { seconds, cpuSeconds, peakBytes, isolate, parts, statements, rowsWritten, invocations };
}
