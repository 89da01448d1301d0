import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    // Files wait for processes, disks and clocks more than they compute.
    maxWorkers: 2,
    globalSetup: ["test/support/temporary-directory.ts"],
    projects: [
      {
        test: {
          name: "node",
          include: ["test/**/*.test.ts"],
          exclude: ["test/**/*.worker.test.ts", "test/e2e/**"],
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          // Builds the example app and starts it, once for all files.
          globalSetup: ["test/e2e/support/setup.ts"],
          maxConcurrency: 3,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        plugins: [cloudflareTest({ wrangler: { configPath: "./test/support/wrangler.json" } })],
        test: {
          name: "workerd",
          include: ["test/**/*.worker.test.ts"],
          testTimeout: 60_000,
        },
      },
    ],
  },
});
