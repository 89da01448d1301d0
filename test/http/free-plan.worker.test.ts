import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { bytesSource } from "../../src/archive/source.ts";
import type { SyncAnswer } from "../../src/client/answers.ts";
import { uploadObject } from "../../src/client/upload-object.ts";
import { d1Database } from "../../src/database/d1.ts";
import { ALL_CASES } from "../support/cases.ts";
import { createCommunityPulse, seedCommunityPulse } from "../support/community-pulse.ts";
import { dumpTables } from "../support/dump.ts";
import { execute } from "../support/engine.ts";
import { startLimitedApp } from "../support/limited-app.ts";
import { empty } from "../support/worker-engine.ts";

const TABLES = [
  "authors",
  "content_items",
  "engagement_snapshots",
  "insight_generations",
  "insights",
  "roundups",
  "roundup_items",
];
/** Of more than one day: what a day takes is tested by itself. */
const FREE = { platform: "workers-free", rowsWrittenADay: Infinity, rowsReadADay: Infinity } as const;

/** Of four pieces of content one, and of authors those who wrote them: a sample takes a quarter of the requests. */
const FEWER = [
  "DELETE FROM content_items WHERE id % 4 AND id NOT IN (SELECT content_id FROM roundup_items)",
  "DELETE FROM authors WHERE id NOT IN (SELECT author_id FROM content_items WHERE author_id IS NOT NULL)",
];

async function bytesOf(stream: ReadableStream<Uint8Array>): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await new Response(stream as ReadableStream<Uint8Array<ArrayBuffer>>).arrayBuffer());
}

async function countRows(): Promise<number> {
  const counts = TABLES.map((table) => `(SELECT count(*) FROM ${table})`);
  return Number(await env.DB_SOURCE.prepare(`SELECT ${counts.join(" + ")} AS n`).first("n"));
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
    if (!ALL_CASES) await execute(d1Database(env.DB_SOURCE), FEWER);
    await createCommunityPulse(await empty(env.DB));
  });

  test("are exported, uploaded and synced by themselves, in as many requests as it takes", async () => {
    const source = startLimitedApp(env.DB_SOURCE, env.DATA_SYNC, FREE);
    const target = startLimitedApp(env.DB, env.DATA_SYNC, FREE);

    const { frameBytes } = await target.client.describe();
    expect(frameBytes).toBe(128_000);
    const exported = await source.client.export({ frameBytes });
    expect(exported.stats.reduce((sum, { count }) => sum + count, 0)).toBe(await countRows());
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
      ["staging", (one: SyncAnswer) => one.progress.bytesProcessed],
      ["verifying", (one: SyncAnswer) => one.progress.recordsVerified],
    ] as const) {
      const counts = seen.filter((one) => one.phase === phase).map(count);
      expect(counts.length).toBeGreaterThan(ALL_CASES ? 20 : 5);
      expect(new Set(counts).size).toBe(counts.length);
      expect(counts).toEqual(counts.toSorted((a, b) => a! - b!));
    }

    // No request came near the limits, the host app's own queries counted, or handled more than a frame or two.
    for (const { meter } of [source, target]) {
      expect(meter.most.calls).toBeLessThanOrEqual(50);
      expect(meter.peaks.valueBytes).toBeLessThan(200_000);
    }
    expect(target.invocations).toBeLessThan(250);
  });
});
