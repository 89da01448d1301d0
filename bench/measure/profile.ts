import { openInspector } from "./inspector.ts";

/** Milliseconds of JavaScript, by function: "name url". */
export type FunctionTimes = Map<string, number>;

const INTERVAL_US = 500;

/**
 * Longest time between two samples that counts as the function's own, µs. D1 and R2 run in the same
 * thread in isolates of their own, where no sample is taken: a longer gap is theirs.
 */
const LONGEST_GAP_US = 4 * INTERVAL_US;

interface Profile {
  nodes: { id: number; callFrame: { functionName: string; url: string } }[];
  samples: number[];
  timeDeltas: number[];
}

/** Samples an isolate's JavaScript until the returned function is called. */
export async function profileIsolate(at: URL, isolate: string): Promise<() => Promise<FunctionTimes>> {
  const inspector = await openInspector(at, isolate);
  await inspector.send("Profiler.enable");
  await inspector.send("Profiler.setSamplingInterval", { interval: INTERVAL_US });
  await inspector.send("Profiler.start");
  return async () => {
    const { profile } = await inspector.send<{ profile: Profile }>("Profiler.stop");
    inspector.close();
    return ownTimes(profile);
  };
}

function ownTimes({ nodes, samples, timeDeltas }: Profile): FunctionTimes {
  const names = new Map(nodes.map(({ id, callFrame }) => [id, `${callFrame.functionName} ${callFrame.url}`]));
  const times: FunctionTimes = new Map();
  for (const [i, id] of samples.entries()) {
    const name = names.get(id) ?? "";
    const ms = Math.min(timeDeltas[i] ?? 0, LONGEST_GAP_US) / 1000;
    times.set(name, (times.get(name) ?? 0) + ms);
  }
  return times;
}
