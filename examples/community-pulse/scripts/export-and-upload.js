#!/usr/bin/env node
import { createInterface } from "node:readline/promises";
import { createClient, FerryError, uploadObject } from "d1-ferry/client";
import { saveArchive } from "./transfer/archive-file.js";
import { count, megabytes, plural, printResults, startStep } from "./transfer/printing.js";
import { readSettings, USAGE, UsageError } from "./transfer/settings.js";

const EXIT = { done: 0, failed: 1, usage: 2, refused: 3, locked: 5, interrupted: 130 };
const PART_BYTES = 10 * 1024 * 1024;

const interrupt = new AbortController();
const { signal } = interrupt;
process.once("SIGINT", () => interrupt.abort());

const connect = ({ url, token, cookie }) =>
  createClient({ baseUrl: url, ...(token && { token }), ...(cookie && { cookie }) });

async function exportRows(client, { tables, version }) {
  const step = startStep("Exporting");
  const input = { ...(tables && { tables }), ...(version && { version }) };
  const onProgress = ({ stats }) => step.update(`${count(rowsOf(stats))} rows`);
  const answer = await client.export(input, { onProgress, signal });
  const { stats, version: exported } = answer;
  step.end(`${plural(rowsOf(stats), "row")} in ${plural(stats.length, "table")}, version ${exported}`);
  for (const note of answer.notes) console.log(`            ${note}`);
  return answer.exportKey;
}

const rowsOf = (stats) => stats.reduce((sum, { count: rows }) => sum + rows, 0);

async function download(client, exportKey) {
  const step = startStep("Downloading");
  const archive = await saveArchive(await client.downloadArchive(exportKey, { signal }), (size) =>
    step.update(megabytes(size)),
  );
  step.end(`${megabytes(archive.source.size)}, gzipped`);
  return archive;
}

async function upload(client, source) {
  const step = startStep("Uploading");
  const { key, parts } = await uploadObject(client, source, {
    chunkSize: PART_BYTES,
    onProgress: ({ bytes, totalBytes }) => step.update(`${megabytes(bytes)} of ${megabytes(totalBytes)}`),
    signal,
  });
  step.end(`${megabytes(source.size)} in ${plural(parts, "part")} of up to 10 MB`);
  return key;
}

async function sync(client, syncKey, { force }, dryRun) {
  const step = startStep(dryRun ? "Planning" : "Syncing");
  const answer = await client.sync(
    { syncKey, ...(force && { force }), ...(dryRun && { dryRun }) },
    {
      onProgress: ({ phase, progress }) =>
        step.update(
          `${phase}: ${count(progress.recordsProcessed)} of ${count(progress.totalRecords ?? 0)} rows`,
        ),
      signal,
    },
  );
  step.end(answer.message);
  for (const note of answer.notes) console.log(`            ${note}`);
  return answer;
}

/** Whoever names production on the command line means it; at a terminal they see the plan first. */
async function isConfirmed(client, syncKey, settings) {
  const { target, yes } = settings;
  if (target.name !== "production" || yes || !process.stdin.isTTY) return true;
  const { plan } = await sync(client, syncKey, settings, true);
  printResults(plan.tables);
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await terminal.question(`Write this to ${target.url}? Type y to go on: `, { signal });
    return answer.trim().toLowerCase() === "y";
  } finally {
    terminal.close();
  }
}

async function main() {
  const settings = readSettings(process.argv.slice(2));
  if (settings.help) {
    console.log(USAGE);
    return EXIT.done;
  }
  const { source, target } = settings;
  console.log(`From        ${source.url}\nTo          ${target.url} (${target.name})\n`);

  const exportKey = await exportRows(connect(source), settings);
  const archive = await download(connect(source), exportKey);
  const destination = connect(target);
  let syncKey;
  try {
    syncKey = await upload(destination, archive.source);
  } finally {
    await archive.remove();
  }
  if (!(await isConfirmed(destination, syncKey, settings))) {
    console.error("Not confirmed: nothing was changed.");
    return EXIT.usage;
  }
  const { results, message } = await sync(destination, syncKey, settings, false);
  printResults(results);
  const skipped = Object.values(results).reduce((sum, result) => sum + result.skipped, 0);
  if (skipped > 0) console.error(`${plural(skipped, "row")} refused.`);
  console.log(`${target.url}: ${message}`);
  return skipped > 0 ? EXIT.refused : EXIT.done;
}

/** What went wrong and what to type, as the last lines. */
function report(error) {
  if (signal.aborted) {
    const typed = process.argv.slice(2).join(" ");
    const shown = typed.replace(/(--(?:local|prod)-cookie)[= ]\S+/g, "$1=…");
    console.error(`\nInterrupted. To go on:\nnode scripts/export-and-upload.js ${shown}`.trimEnd());
    return EXIT.interrupted;
  }
  console.error(`\n${error.message}`);
  if (error instanceof UsageError) {
    console.error("node scripts/export-and-upload.js --help lists the options.");
    return EXIT.usage;
  }
  if (!(error instanceof FerryError)) return EXIT.failed;
  if (error.code === "ALREADY_SYNCED" || error.code === "VERSION_TAKEN") {
    console.error(
      `Add --version=${error.details?.nextVersion ?? "N"} to sync under the next version, or --force.`,
    );
  } else if (error.hint) console.error(error.hint);
  return error.code === "RUN_LOCKED" ? EXIT.locked : EXIT.failed;
}

process.exitCode = await main().catch(report);
