import { beforeAll, describe, expect, it } from "vitest";
import { createClient } from "../../src/client/client.ts";
import { FerryError } from "../../src/errors.ts";
import { snapshotBucket } from "../http/app.ts";
import { ALL_CASES, SEED, someOf } from "../support/cases.ts";
import { type Dump, dumpTables } from "../support/dump.ts";
import { installFastClock } from "./support/clock.ts";
import { type Fault, type Injector, injectOnce, MAIN_HTTP_KINDS, STORE_KINDS } from "./support/injector.ts";
import { type Kept, push } from "./support/journey.ts";
import { ADDRESSES, connectApps, DriverDied, type Network } from "./support/network.ts";
import { nodeGround } from "./support/node-ground.ts";
import { archiveBytes, fillSource, fillTarget } from "./support/scene.ts";

const ground = nodeGround();

/** Longer than any lease of a driver that died, milliseconds. */
const LEASES = 31_000;

const MOST_DRIVERS = 12;

/** What the app does between the push and its undo. */
const EDIT = "UPDATE authors SET score = 99 WHERE id = 5";

interface Course {
  atomic?: "never";
  platform?: "workers-free";
  /** Calls without faults, of the undo alone. */
  calls: readonly string[];
}

const COURSES: Record<string, Omit<Course, "calls">> = {
  "in one transaction": {},
  "frame by frame, in many small requests": { atomic: "never", platform: "workers-free" },
};

describe.each(Object.entries(COURSES))("An undo %s", (_, course) => {
  let calls: readonly string[] = [];
  let walks = 0;
  beforeAll(async () => {
    const injector = injectOnce(null);
    expect(await walk(course, injector)).toBe(1);
    calls = injector.calls;
  });

  const walkAll = async (place: Pick<Fault, "layer" | "kind">) => {
    const count = calls.filter((call) => call.startsWith(`target ${place.layer}`)).length;
    expect(count).toBeGreaterThan(0);
    const every = ALL_CASES ? 4 : count;
    for (let call = 1 + ((SEED + walks++) % Math.min(every, count)); call <= count; call += every) {
      const injector = injectOnce({ app: "target", ...place, call });
      await walk(course, injector).catch((error) => {
        throw new Error(`${injector.hits.join("; ")}\n${String(error?.stack ?? error)}`, { cause: error });
      });
      expect(injector.hits, `call ${call}`).toHaveLength(1);
    }
  };

  for (const layer of ["database", "bucket"] as const) {
    for (const kind of someOf(STORE_KINDS)) it(`whose ${layer} call ${kind}`, () => walkAll({ layer, kind }));
  }
  for (const kind of someOf(MAIN_HTTP_KINDS))
    it(`whose request: ${kind}`, () => walkAll({ layer: "http", kind }));
});

/** A push, an edit, the undo with its fault, and the undo of that. Answers how many drivers the undo took. */
async function walk({ atomic, platform }: Omit<Course, "calls">, injector: Injector): Promise<number> {
  const clock = installFastClock();
  const options = platform === undefined ? {} : { platform };
  try {
    const apps = { source: await ground.stores("source"), target: await ground.stores("target") };
    const { database, bucket } = apps.target;
    await fillSource(apps.source.database);
    await fillTarget(database);
    const before = await dumpTables(database);
    const kept: Kept = { archive: await archiveBytes(apps.source.database) };
    await push(connectApps(apps, injectOnce(null), options), kept, { mode: "mirror", expectDeletes: 3 });
    const runKey = kept.runKey as string;
    await database.query({ sql: EDIT });
    const edited = await dumpTables(database);

    let drivers = 0;
    for (let done = false; !done; ) {
      if (++drivers > MOST_DRIVERS) throw new Error("It does not end");
      const network = connectApps(apps, injector, options);
      try {
        await Promise.race([undo(network, runKey, atomic), network.death]);
        done = true;
      } catch (error) {
        if (!(error instanceof DriverDied)) expect(error).toHaveProperty("code");
        if (injector.hits.length === 0) throw error;
        clock.advance(LEASES);
      }
    }
    expect(await dumpTables(database)).toEqual(withEdited(before, edited));
    const waiting = "SELECT (SELECT count(*) FROM _ferry_frames) + (SELECT count(*) FROM _ferry_changes)";
    expect(await database.query({ sql: waiting })).toEqual([[0]]);
    const kinds = (await snapshotBucket(bucket)).map((line) => line.replace(/^d1-ferry\/(\w+)[-/].*/, "$1"));
    expect(kinds).toEqual(["sync", "undo", "undo"]);

    const [undone] = await database.query({
      sql: "SELECT record ->> '$.undoneBy' FROM _ferry_runs WHERE key = ?1",
      params: [runKey],
    });
    await undo(connectApps(apps, injectOnce(null), options), undone?.[0] as string, undefined);
    expect(await dumpTables(database)).toEqual(edited);
    return drivers;
  } finally {
    clock.restore();
    await ground.clear?.();
  }
}

/** The tables as they were, with the author whom somebody has edited since. */
function withEdited(before: Dump, edited: Dump): Dump {
  const author = (dump: Dump) => (dump.authors ?? []).filter((row) => row.join().includes("real 99.0"));
  expect(author(edited)).toHaveLength(1);
  const authors = [...(before.authors ?? []), ...author(edited)];
  return { ...before, authors: authors.sort((a, b) => (a.join("\0") < b.join("\0") ? -1 : 1)) };
}

/** As a command does it: plans, and applies that plan; a run that is undone already is what it wanted. */
async function undo(network: Network, syncKey: string, atomic: "never" | undefined): Promise<void> {
  const target = createClient({ baseUrl: ADDRESSES.target, fetch: network.fetch });
  const asked = { syncKey, ...(atomic === undefined ? {} : { atomic }) };
  try {
    const { plan } = await target.undo({ ...asked, dryRun: true });
    const deletes = Object.values(plan?.tables ?? {}).reduce((sum, { deleted }) => sum + deleted, 0);
    const hash = plan?.hash;
    await target.undo({ ...asked, expectDeletes: deletes, ...(hash === undefined ? {} : { plan: hash }) });
  } catch (error) {
    if (!(error instanceof FerryError) || error.code !== "NOT_UNDOABLE") throw error;
    expect(error.details?.reason).toBe("undone-already");
  }
}
