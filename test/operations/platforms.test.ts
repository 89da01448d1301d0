import { describe, expect, it, test } from "vitest";
import { PERMISSIONS } from "../../src/grants.ts";
import { createFerry } from "../../src/http/ferry.ts";
import {
  ALLOWANCES,
  PLATFORM_LIMITS,
  PLATFORMS,
  type Platform,
  readPlatform,
} from "../../src/operations/platforms.ts";
import { createNodeApp } from "../http/node-app.ts";

describe("the platform an app runs on", () => {
  const describeApp = async (platform: Platform | ((context: string) => Platform | undefined)) => {
    const { database, bucket } = createNodeApp();
    const ferry = createFerry<string>({
      database: () => database,
      bucket: () => bucket,
      authorize: () => ({ name: "ada", may: PERMISSIONS }),
      platform,
    });
    const response = await ferry.fetch(new Request("https://app.example/api/admin/r2-sync"), "workers-free");
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };

  it.each<[string, Parameters<typeof describeApp>[0], string, number]>([
    ["by its name", "workers-paid", "workers-paid", 1_000_000],
    ["by what the context says", (context) => context as Platform, "workers-free", 128_000],
    ["as the smallest that is safe for both", () => undefined, "webflow-cloud", 1_000_000],
  ])("is known %s, and told with the frames that suit it", async (_, asked, platform, frameBytes) => {
    expect((await describeApp(asked)).body).toMatchObject({ platform, frameBytes });
  });

  it("is refused by another name, with the ones there are", async () => {
    expect(await describeApp(() => readPlatform("workers-pro"))).toMatchObject({
      status: 503,
      body: { code: "NOT_CONFIGURED", hint: expect.stringContaining("workers-free") },
    });
  });
});

test.each(PLATFORMS)("What a request on %s may do leaves the app a reserve", (platform) => {
  const { statements = Infinity, limit = Infinity } = ALLOWANCES[platform];
  const { calls, queries } = PLATFORM_LIMITS[platform];
  expect(statements).toBeLessThanOrEqual(limit);
  expect(limit).toBeLessThanOrEqual(Math.min(calls, queries) - 6);
});
