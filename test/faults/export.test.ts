import { beforeAll, describe, expect, it } from "vitest";
import { openArchive } from "../../src/archive/reader.ts";
import { bytesSource } from "../../src/archive/source.ts";
import { newKey } from "../../src/bucket/keys.ts";
import { createClient } from "../../src/client/client.ts";
import { snapshotBucket } from "../http/app.ts";
import { ALL_CASES, SEED } from "../support/cases.ts";
import { execute } from "../support/engine.ts";
import { installFastClock } from "./support/clock.ts";
import {
  BODY_KIND,
  type Fault,
  HTTP_KINDS,
  type Injector,
  injectOnce,
  MAIN_HTTP_KINDS,
  STORE_KINDS,
} from "./support/injector.ts";
import { ADDRESSES, connectApps, type Network } from "./support/network.ts";
import { nodeGround } from "./support/node-ground.ts";

/** As many as take several requests on the smallest plan, which allows 50 statements each. */
const TABLES = 60;
const SCHEMA = Array.from({ length: TABLES }, (_, i) => [
  `CREATE TABLE t${i} (id INTEGER PRIMARY KEY, v TEXT, b BLOB)`,
  `INSERT INTO t${i} VALUES (1, 'a${i}', x'00ff'), (2, NULL, NULL), (9007199254740993, 'ü', zeroblob(3))`,
]).flat();

const ground = nodeGround();

async function download(network: Network, exportKey: string): Promise<Uint8Array<ArrayBuffer>> {
  const client = createClient({ baseUrl: ADDRESSES.source, fetch: network.fetch });
  const answer = await client.export({ newKey: exportKey });
  expect(answer.stats).toHaveLength(TABLES);
  const { stream } = await client.downloadArchive(answer.exportKey);
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** The rows of an archive, a text for each frame. */
async function rowsOf(bytes: Uint8Array<ArrayBuffer>): Promise<string[]> {
  const archive = await openArchive(bytesSource(bytes));
  const rows: string[] = [];
  for await (const { entry, text } of archive.readFrames()) {
    rows.push(
      `${entry.table} ${entry.rows}: ${typeof text === "string" ? text : new TextDecoder().decode(text)}`,
    );
  }
  return rows;
}

async function walkCase(injector: Injector): Promise<{ drivers: number; rows: string[] }> {
  const clock = installFastClock();
  try {
    const source = await ground.stores("source");
    await execute(source.database, SCHEMA);
    const key = newKey("export");
    for (let drivers = 1; ; drivers++) {
      const network = connectApps({ source, target: source }, injector, { platform: "workers-free" });
      try {
        const archive = await Promise.race([download(network, key), network.death]);
        const names = await snapshotBucket(source.bucket);
        expect(names.map((line) => line.split(" ")[0])).toEqual([`d1-ferry/${key}`]);
        expect((await ground.leftovers?.()) ?? []).toEqual([]);
        return { drivers, rows: await rowsOf(archive) };
      } catch (error) {
        if (injector.hits.length === 0 || drivers > 5) throw error;
        clock.advance(31_000);
      }
    }
  } finally {
    clock.restore();
    await ground.clear?.();
  }
}

describe("An export in several requests", () => {
  let expected: string[];
  let calls: readonly string[] = [];
  beforeAll(async () => {
    const injector = injectOnce(null);
    expected = (await walkCase(injector)).rows;
    calls = injector.calls;
    expect(expected).toHaveLength(TABLES);
    expect(expected[7]).toContain("9007199254740993");
    expect(calls.filter((call) => call === "source http export").length).toBeGreaterThan(1);
  });

  let walks = 0;
  const walk = async (place: Pick<Fault, "layer" | "kind">) => {
    const every = ALL_CASES ? 1 : place.layer === "http" ? 6 : 60;
    const reached = calls
      .filter((call) => call.startsWith(`source ${place.layer}`))
      .flatMap((name, i) => (place.kind !== BODY_KIND || name.endsWith("get") ? [i + 1] : []));
    expect(reached.length).toBeGreaterThan(0);
    for (let i = (SEED + walks++) % Math.min(every, reached.length); i < reached.length; i += every) {
      const call = reached[i] as number;
      const injector = injectOnce({ app: "source", call, ...place });
      const { drivers, rows } = await walkCase(injector);
      expect(injector.hits).toHaveLength(1);
      expect(rows, injector.hits[0]).toEqual(expected);
      if (!place.kind.startsWith("driver")) expect(drivers, injector.hits[0]).toBe(1);
    }
  };
  it.each(STORE_KINDS)("is whole when a call of the database %s", (kind) =>
    walk({ layer: "database", kind }),
  );
  it.each([...STORE_KINDS, BODY_KIND] as const)("is whole when a call of the bucket %s", (kind) =>
    walk({ layer: "bucket", kind }),
  );
  it.each(ALL_CASES ? HTTP_KINDS : MAIN_HTTP_KINDS)("is whole when a request goes wrong: %s", (kind) =>
    walk({ layer: "http", kind }),
  );
});
