import { loadavg } from "node:os";
import type { DatasetName } from "./data/dataset.ts";
import type { Results } from "./schedule.ts";

/** Everything that one bench found out. */
export interface BenchResult extends Results {
  data: DatasetName;
  about: string;
  sizes: { rows: number; bytes: number; archiveBytes: number | null }[];
  /** The machine's load average (1 minute) over the bench, least and most. */
  load: { least: number; most: number };
  /** Node and workerd. */
  versions: string;
  /** Seconds of all of it. */
  seconds: number;
}

/** Looks at the load until the returned function is called. */
export function watchLoad(): () => BenchResult["load"] {
  const load = { least: Infinity, most: 0 };
  const look = () => {
    const now = loadavg()[0] as number;
    load.least = Math.min(load.least, now);
    load.most = Math.max(load.most, now);
  };
  look();
  const timer = setInterval(look, 5_000);
  return () => {
    clearInterval(timer);
    return load;
  };
}
