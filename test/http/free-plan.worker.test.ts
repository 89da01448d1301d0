import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { bytesSource } from "../../src/archive/source.ts";
import { r2Bucket } from "../../src/bucket/r2.ts";
import type { SyncAnswer } from "../../src/client/answers.ts";
import { createClient, type FerryClient } from "../../src/client/client.ts";
import { uploadObject } from "../../src/client/upload-object.ts";
import { type D1Like, d1Database } from "../../src/database/d1.ts";
import { createFerry } from "../../src/http/ferry.ts";
import type { Platform } from "../../src/http/platforms.ts";
import { createMeter, limitD1, limitR2, type Meter } from "../../src/testing/index.ts";
import { createCommunityPulse, seedCommunityPulse } from "../support/community-pulse.ts";
import { dumpTables } from "../support/dump.ts";
import { empty } from "../support/worker-engine.ts";
import { authorize, TOKEN } from "./app.ts";

const TABLES = [
  "authors",
  "content_items",
  "engagement_snapshots",
  "insight_generations",
  "insights",
  "roundups",
  "roundup_items",
];
const ROWS = 25_537;

interface App {
  client: FerryClient;
  meter: Meter;
  /** Requests answered. */
  invocations: number;
}

/** An app held to its plan's limits, which looks its user up before each request: four queries. */
function startApp(binding: D1Like, platform: Platform): App {
  const meter = createMeter(platform);
  const database = limitD1(binding, meter);
  const bucket = limitR2(env.DATA_SYNC, meter);
  const ferry = createFerry<null>({
    database: () => d1Database(database),
    bucket: () => r2Bucket(bucket),
    platform,
    async authorize(request) {
      for (let i = 0; i < 4; i++) await d1Database(database).query({ sql: "SELECT 1" });
      return authorize(request);
    },
  });
  const app: App = {
    meter,
    invocations: 0,
    client: createClient({
      baseUrl: "https://app.example",
      token: TOKEN,
      fetch: (input, init) => {
        app.invocations++;
        meter.newInvocation();
        const request = new Request(input, init);
        // As a server does it.
        if (init?.body instanceof Uint8Array) request.headers.set("content-length", String(init.body.length));
        return ferry(request, null);
      },
    }),
  };
  return app;
}

async function bytesOf(stream: ReadableStream<Uint8Array>): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await new Response(stream as ReadableStream<Uint8Array<ArrayBuffer>>).arrayBuffer());
}

async function expectEqualTables(): Promise<void> {
  const source = await dumpTables(d1Database(env.DB_SOURCE));
  const target = await dumpTables(d1Database(env.DB));
  for (const table of TABLES) expect(target[table], table).toEqual(source[table]);
}

describe("The example's seven tables, on Workers' free plan", () => {
  beforeEach(async () => {
    await createCommunityPulse(await empty(env.DB_SOURCE));
    await seedCommunityPulse(d1Database(env.DB_SOURCE));
    await createCommunityPulse(await empty(env.DB));
  });

  test("are exported, uploaded and synced by themselves, in as many requests as it takes", async () => {
    const source = startApp(env.DB_SOURCE, "workers-free");
    const target = startApp(env.DB, "workers-free");

    const { frameBytes } = await target.client.describe();
    expect(frameBytes).toBe(256_000);
    const exported = await source.client.export({ frameBytes: frameBytes! });
    expect(exported.stats.reduce((sum, { count }) => sum + count, 0)).toBe(ROWS);
    const { stream } = await source.client.downloadArchive(exported.exportKey);
    const archive = await bytesOf(stream);
    const { key } = await uploadObject(target.client, bytesSource(archive), {});

    const seen: SyncAnswer[] = [];
    const answer = await target.client.sync({ syncKey: key }, { onProgress: (one) => seen.push(one) });
    expect(answer).toMatchObject({ status: "completed", verified: true });
    await expectEqualTables();

    // The counts of each phase go up: whoever drives sees that it goes on.
    for (const [phase, count] of [
      ["staging", (one: SyncAnswer) => one.progress.recordsProcessed],
      ["verifying", (one: SyncAnswer) => one.progress.recordsVerified],
    ] as const) {
      const counts = seen.filter((one) => one.phase === phase).map(count);
      expect(counts.length).toBeGreaterThan(20);
      expect(new Set(counts).size).toBe(counts.length);
      expect(counts).toEqual(counts.toSorted((a, b) => a! - b!));
    }

    // No request came near the limits, the host app's own queries counted, or handled more than a frame or two.
    for (const { meter } of [source, target]) {
      expect(meter.most.calls).toBeLessThanOrEqual(50);
      expect(meter.peaks.valueBytes).toBeLessThan(300_000);
    }
    expect(target.invocations).toBeLessThan(150);
  }, 120_000);
});
