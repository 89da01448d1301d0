/**
 * Runs the attacks, all of them, and prints how many there were and how many got through.
 *
 *   npm run attacks [-- --sample]
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** Calls, schemas, documents, answers and secrets; documents that were altered; writers beside exports. */
const SUITES = ["test/attack", "test/fuzz", "test/sync/export/moments"];

interface TestResult {
  status: "passed" | "failed" | string;
  title: string;
  meta?: { figures?: Record<string, number> };
}

const root = dirname(import.meta.dirname);
const directory = mkdtempSync(join(tmpdir(), "d1-ferry-attacks-"));
const output = join(directory, "report.json");
const sample = process.argv.includes("--sample");
try {
  const projects = ["--project", "node", "--project", "workerd"];
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${output}`];
  const vitest = join(root, "node_modules/vitest/vitest.mjs");
  const { status, error } = spawnSync(
    process.execPath,
    [vitest, "run", ...SUITES, ...projects, ...reporters],
    {
      cwd: root,
      env: { ...process.env, FERRY_TESTS: sample ? "sample" : "all" },
      stdio: ["ignore", "inherit", "inherit"],
    },
  );
  if (error !== undefined) throw error;
  tell(readResults(output));
  process.exitCode = status ?? 1;
} finally {
  rmSync(directory, { recursive: true });
}

function readResults(path: string): TestResult[] {
  const { testResults } = JSON.parse(readFileSync(path, "utf8")) as {
    testResults: { assertionResults: TestResult[] }[];
  };
  return testResults.flatMap(({ assertionResults }) => assertionResults);
}

/** A test that fails stops at what got through, so what it counted is what it tried. */
function tell(results: readonly TestResult[]): void {
  const tried = new Map<string, number>();
  for (const { meta } of results) {
    for (const [what, count] of Object.entries(meta?.figures ?? {})) {
      tried.set(what, (tried.get(what) ?? 0) + count);
    }
  }
  const failed = results.filter(({ status }) => status === "failed");
  console.log(`\nTried, in ${results.length} tests:`);
  for (const [what, count] of [...tried].sort())
    console.log(`${count.toLocaleString("en").padStart(10)}  ${what}`);
  console.log(`${String(failed.length).padStart(10)}  got through`);
  for (const { title } of failed) console.log(`            ${title}`);
}
