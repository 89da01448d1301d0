import { existsSync, globSync } from "node:fs";
import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";
import { browserScript } from "./scripts/build/browser-script.ts";
import { readAskedCases } from "./test/support/asked-cases.ts";
import { COMPATIBILITY_DATE } from "./test/support/compatibility-date.ts";

/** Milliseconds. For what hangs, and not for what is slow: a busy machine takes several times as long, and all cases do. */
const PATIENCE = {
  testTimeout: process.env.FERRY_TESTS === "all" ? 1_800_000 : 300_000,
  hookTimeout: 300_000,
  teardownTimeout: 60_000,
};

/** What takes minutes, by folder: generated cases, faults, attacks, and the command and apps as processes of their own. */
const LONG = [
  "test/**/{property,fuzz,faults,attack,cli,demo,integrations,recipes}/**",
  "test/**/{stalled-driver,hostile-server,resume,export-lease}*",
];
const tooLong = process.env.FERRY_TESTS === "quick" ? LONG : [];

const cases = readAskedCases(process.env);
// Which files a sample has follows from the seed as well, which the run announces.
process.env.FERRY_PROPERTY_SEED ??= String(cases.seed);

/** Whoever names files gets them. */
const areNamed = process.argv.some((word) => /^test\b/.test(word) && word !== "test");

/** Of these files two thirds, by the seed, which a sample leaves out. */
const leftOut = (files: readonly string[]): string[] =>
  cases.all || areNamed ? [] : [...files].sort().filter((_, i) => (i + cases.seed) % 3 !== 0);

/** What runs in workerd and, file by file, whole in Node. */
const TWINS = globSync("test/**/*.worker.test.ts").filter((file) => existsSync(file.replace(".worker", "")));
const PAGE = globSync("test/e2e/console/*.test.ts");
/** Other ways to the same end than the command's and the guide's. */
const OTHER_WAYS = ["legacy-client", "script", "base-path"].map((name) => `test/e2e/${name}.test.ts`);
/** What fails at each of its steps, one after the other. */
const WALKS = ["command", "export", "mirror", "two-drivers", "undo-walk"].map(
  (name) => `test/faults/${name}.test.ts`,
);
/** The command where it meets an edit, an interrupt or itself: each test of them takes several processes. */
const MEETINGS = ["three-way", "changes", "take-over", "two-terminals", "interrupt"].map(
  (name) => `test/cli/${name}.test.ts`,
);

export default defineConfig({
  test: {
    // Files wait for processes, disks and clocks more than they compute.
    maxWorkers: 3,
    globalSetup: ["test/support/temporary-directory.ts", "test/support/announce-cases.ts"],
    projects: [
      {
        plugins: [browserScript()],
        test: {
          name: "node",
          include: ["test/**/*.test.ts"],
          exclude: [
            "test/**/*.worker.test.ts",
            "test/e2e/**",
            ...tooLong,
            ...leftOut(WALKS),
            ...leftOut(MEETINGS),
          ],
          // Files leave nothing behind that another one would notice: fakes are taken back, folders are their own.
          isolate: false,
          ...PATIENCE,
        },
      },
      {
        test: {
          name: "e2e",
          include: ["test/e2e/*.test.ts"],
          exclude: leftOut(OTHER_WAYS),
          // Builds the example app and starts it, once for all files.
          globalSetup: ["test/e2e/support/setup.ts"],
          maxConcurrency: 3,
          ...PATIENCE,
        },
      },
      {
        test: {
          name: "console",
          include: ["test/e2e/console/**/*.test.ts"],
          exclude: leftOut(PAGE),
          ...PATIENCE,
        },
      },
      {
        plugins: [
          browserScript(),
          cloudflareTest({
            wrangler: { configPath: "./test/support/wrangler.json" },
            miniflare: { compatibilityDate: COMPATIBILITY_DATE },
          }),
        ],
        test: {
          name: "workerd",
          include: ["test/**/*.worker.test.ts"],
          exclude: [...tooLong, ...leftOut(TWINS)],
          // To start workerd, and load what is tested into it, takes longer than most files.
          isolate: false,
          setupFiles: ["test/support/worker-setup.ts"],
          provide: { compatibilityDate: COMPATIBILITY_DATE },
          ...PATIENCE,
        },
      },
    ],
  },
});
