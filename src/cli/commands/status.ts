import type { Command } from "../command.ts";
import { EXIT } from "../exit.ts";
import { count, moment } from "../printing/numbers.ts";
import { planLines } from "../printing/plan.ts";
import { resultLines, skippedRows } from "../printing/results.ts";
import { facts, printable } from "../printing/table.ts";
import { targetApp, type UrlFlags, urlOption } from "./target-app.ts";

export const status: Command<[string], UrlFlags> = {
  name: "status",
  summary: "Say where a run stands.",
  arguments: [{ name: "<key>", description: "the run's syncKey, or an exportKey" }],
  options: [urlOption],
  examples: [
    "d1-ferry status sync-1700000000000-k3v9x0a7b2qd",
    "d1-ferry status sync-1700000000000-k3v9x0a7b2qd --url https://app.example.com --json",
  ],
  async run([key], flags, dependencies) {
    const { printer } = dependencies;
    const app = targetApp(flags, dependencies);
    const run = await app.client.status(key, { signal: dependencies.world.signal });
    const { recordsProcessed, totalRecords } = run.progress;
    const rows =
      totalRecords === null
        ? count(recordsProcessed)
        : `${count(recordsProcessed)} of ${count(totalRecords)}`;
    const pairs: [string, string][] = [
      ["status", run.status],
      ["version", run.version === null ? "unknown" : String(run.version)],
      ["rows", rows],
    ];
    if (run.startedAt !== null) pairs.push(["started", moment(run.startedAt)]);
    if (run.completedAt !== null) pairs.push(["ended", moment(run.completedAt)]);
    if (run.status === "completed") pairs.push(["verified", run.verified ? "yes" : "no"]);
    printer.lines(facts(pairs));
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
