#!/usr/bin/env node
import { unsupportedNode } from "./program/node-version.ts";
import { quietSqliteWarning } from "./program/sqlite-warning.ts";

// The rest is loaded once it can be: an older Node would fail on node:sqlite, with a message of its own.
const problem = unsupportedNode(process.versions.node);
if (problem === null) {
  // Before node:sqlite is loaded, which is before any line of what imports it has run.
  quietSqliteWarning();
  void run(import.meta.url);
} else {
  process.stderr.write(`✗ ${problem.error} (USAGE)\n  ${problem.hint}\n`);
  if (process.argv.includes("--json")) {
    process.stdout.write(`${JSON.stringify({ success: false, code: "USAGE", ...problem })}\n`);
  }
  process.exitCode = 2;
}

async function run(entry: string): Promise<void> {
  const { keepCompiledCode } = await import("./program/compile-cache.ts");
  keepCompiledCode(entry);
  const { start } = await import("./program/start.ts");
  await start();
}
