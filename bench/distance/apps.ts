import { cp } from "node:fs/promises";
import { type CountedAddress, countTraffic } from "../../scripts/demo/traffic.ts";
import { COMMUNITY_ROWS, seedCommunity } from "../data/community.ts";
import { copySchema } from "../data/contents.ts";
import { databaseFile, placeDatabase } from "../data/place-database.ts";
import type { BenchDirectory } from "../directory.ts";
import { startWorker } from "../worker/start.ts";
import type { Distance, TripCounts, Wait } from "./distant.ts";

/** The state of an app with the example's rows, and of one that has its tables only. */
export interface States {
  full: string;
  empty: string;
}

export async function makeStates(directory: BenchDirectory): Promise<States> {
  const [seed, schema] = [directory.path("community.sqlite"), directory.path("schema.sqlite")];
  await seedCommunity(seed, COMMUNITY_ROWS);
  await copySchema(seed, schema);
  const states = { full: await directory.fresh("full"), empty: await directory.fresh("empty") };
  await placeDatabase(seed, states.full);
  await placeDatabase(schema, states.empty);
  return states;
}

export interface DistantApp {
  /** Where what passes is counted. */
  url: string;
  /** Runs statements as the app's own code would. Resolves to the rows that they changed. */
  edit(statements: readonly string[]): Promise<number>;
  /** Trips and bytes since it was asked last. */
  take(): Promise<TripCounts & { bytes: number; waits: Wait[] }>;
  /** Ends it. Resolves to the file of its database. */
  close(): Promise<string>;
}

export interface AppOptions {
  bundle: string;
  /** What the app begins with; it works on a copy. */
  begin: string;
  /** The copy. */
  state: string;
  distance: Distance;
}

export async function startDistantApp({ bundle, begin, state, distance }: AppOptions): Promise<DistantApp> {
  await cp(begin, state, { recursive: true });
  const worker = await startWorker({ bundle, state });
  const tell = async (path: string, what: unknown): Promise<Response> => {
    const response = await fetch(`${worker.url}${path}`, { method: "POST", body: JSON.stringify(what) });
    if (!response.ok)
      throw new Error(`The app's ${path} answered ${response.status}: ${await response.text()}`);
    return response;
  };
  let counted: CountedAddress | null = null;
  try {
    await (await tell("/distance", distance)).body?.cancel();
    counted = await countTraffic(worker.url);
  } catch (error) {
    await worker.close();
    throw error;
  }
  const traffic = counted;
  return {
    url: traffic.url,
    edit: async (statements) => (await (await tell("/edit", statements)).json()) as number,
    take: async () => ({
      ...((await (await tell("/trips", null)).json()) as TripCounts & { waits: Wait[] }),
      bytes: traffic.take(),
    }),
    async close() {
      traffic.close();
      await worker.close();
      return databaseFile(state);
    },
  };
}
