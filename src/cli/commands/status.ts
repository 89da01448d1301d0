import type { StatusAnswer } from "../../client/answers.ts";
import { bytes, bytesOf, count, moment, plural } from "../../numbers.ts";
import { EXIT, UsageError } from "../exit.ts";
import { checkedText } from "../journey/report-outcome.ts";
import { type UrlFlags, urlOption } from "../options/common-options.ts";
import { undoCommand } from "../options/undo-command.ts";
import { wordsFor } from "../places/app.ts";
import { chosenApp } from "../places/chosen-app.ts";
import { typedKey } from "../places/typed-key.ts";
import { facts } from "../printing/layout/block.ts";
import { planLines } from "../printing/plan.ts";
import { printable } from "../printing/printable.ts";
import { resultLines, skippedRows } from "../printing/results.ts";
import type { Command } from "./command.ts";

export const status: Command<[key?: string], UrlFlags> = {
  name: "status",
  summary: "Show where a run stands.",
  arguments: [{ name: "[key]", description: "the run's syncKey, or an exportKey" }],
  options: [urlOption],
  examples: [
    "d1-ferry status sync-1700000000000-k3v9x0a7b2qd",
    "d1-ferry status sync-1700000000000-k3v9x0a7b2qd --url https://app.example.com --json",
  ],
  async run([typed], flags, dependencies) {
    const { printer } = dependencies;
    if (typed === undefined)
      throw new UsageError("Of which run?", "d1-ferry list shows the keys: d1-ferry status KEY");
    const app = chosenApp(flags, dependencies);
    const run = await app.client.status(typedKey(typed), { signal: dependencies.world.signal });
    const pairs: [string, string][] = [["status", run.unchanged ? NOTHING_TO_DO : (run.phase ?? run.status)]];
    if (run.version !== null) pairs.push(["version", String(run.version)]);
    pairs.push(...rowFacts(run));
    if (run.startedAt !== null) pairs.push(["started", moment(run.startedAt)]);
    if (run.completedAt !== null) pairs.push(["ended", moment(run.completedAt)]);
    if (run.status === "completed" && !run.unchanged) pairs.push(["verified", checkedText(run)]);
    if (run.undoes) pairs.push(["undoes", printable(run.undoes)]);
    if (run.undoneBy) pairs.push(["undone by", printable(run.undoneBy)]);
    if (run.status === "completed" && run.undo?.length)
      pairs.push(["to undo it", undoCommand(run.syncKey, wordsFor(app))]);
    printer.lines([facts(pairs)]);
    if (run.plan && (run.status === "planned" || run.status === "applying")) {
      printer.lines(["", ...planLines(run.plan, { kind: "app", name: app.url.host })]);
    }
    if (run.results) printer.lines(["", ...resultLines(run.results)]);
    if (run.error !== null) printer.warn(printable(`${run.error}${run.hint ? ` ${run.hint}` : ""}`));
    printer.result({ success: true, status: run });
    if (run.status === "failed") return EXIT.failed;
    return skippedRows(run.results) > 0 ? EXIT.refused : EXIT.done;
  },
};

const NOTHING_TO_DO = "completed: there was nothing to do";

/** Such as ", 4.1 of 10.4 MB"; nothing where an app of an earlier version does not say it. */
function bytesText({ bytesProcessed = 0, totalBytes }: StatusAnswer["status"]["progress"]): string {
  return bytesProcessed === 0 ? "" : `, ${bytesOf(bytesProcessed, totalBytes)}`;
}

/** How many rows each step of the run has done: all of them may be staged and none applied. */
function rowFacts({
  status,
  progress,
  unchanged,
  bytes: arrived,
}: StatusAnswer["status"]): [string, string][] {
  const { recordsProcessed, recordsApplied = 0, recordsVerified = 0, totalRecords } = progress;
  // 0, like null: nobody has counted them yet.
  const of = (rows: number) =>
    totalRecords ? `${count(rows)} of ${count(totalRecords)} rows` : plural(rows, "row");
  if (status === "uploading") return arrived === null ? [] : [["uploaded", bytes(arrived)]];
  if (status === "exporting") return [["exported", of(recordsProcessed)]];
  if (status === "completed") return [[unchanged ? "compared" : "applied", of(recordsProcessed)]];
  return [
    ["staged", `${of(recordsProcessed)}${bytesText(progress)}`],
    ["applied", of(recordsApplied)],
    ...(status === "verifying" ? ([["read back", of(recordsVerified)]] as [string, string][]) : []),
  ];
}
