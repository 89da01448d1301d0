import { type Finding, fine } from "../../api/findings.ts";
import { FerryError } from "../../errors.ts";
import { appChecks, type CheckedApp } from "../doctor/app-checks.ts";
import type { Check } from "../doctor/check.ts";
import { type HealthEnd, healthChecks } from "../doctor/health-checks.ts";
import { schemaCheck } from "../doctor/schema-check.ts";
import { EXIT, type ExitCode, UsageError } from "../exit.ts";
import { throwIfInterrupted } from "../interruption/interrupted.ts";
import type { ConnectedPlace } from "../journey/compared-place.ts";
import { connect } from "../places/connect.ts";
import { requireOneOther } from "../places/credentials.ts";
import { defaultLocal } from "../places/local-database.ts";
import { parsePlace } from "../places/parse-place.ts";
import { type Place, placeName } from "../places/place.ts";
import type { Printer } from "../printing/printer.ts";
import type { World } from "../world.ts";
import type { Command } from "./command.ts";
import type { Dependencies } from "./dependencies.ts";

interface DoctorFlags {
  try?: boolean;
}

export const doctor: Command<[source?: string, target?: string], DoctorFlags> = {
  name: "doctor",
  summary: "Check what a push needs: the configuration, both ends, and how their tables are made.",
  arguments: [
    { name: "[source]", description: "where rows come from (default: LOCAL_API, else local)" },
    { name: "[target]", description: "where they go (default: PROD_API)" },
  ],
  options: [
    {
      flags: "--try",
      description:
        "also try what a push does at the target: a part of 25 MiB, and a plan of no rows; both are taken back",
    },
  ],
  examples: [
    "d1-ferry doctor                                # this directory, LOCAL_API and PROD_API",
    "d1-ferry doctor local https://app.example.com --try",
  ],
  async run([first, second], { try: tries = false }, dependencies): Promise<ExitCode> {
    const { world, printer, settings } = dependencies;
    const source = first ?? (await defaultLocal(settings, world.cwd));
    const target = second ?? settings.prodApi;
    const findings: Finding[] = [];
    const tell = (finding: Finding) => {
      findings.push(finding);
      printFinding(finding, printer);
    };
    // The parsers of wrangler's files are loaded by those who need them.
    const { configurationChecks } = await import("../doctor/configuration-checks.ts");
    for (const check of await configurationChecks(world)) await look(check, tell, world);
    const ends = await openEnds({ source, target, tries }, dependencies, tell);
    for (const check of ends) await look(check, tell, world);
    const healthy = findings.every(({ verdict }) => verdict !== "problem");
    printer.result({ success: healthy, findings });
    return healthy ? EXIT.done : EXIT.failed;
  },
};

/** What a check cannot look at is a finding, and no end of the others. */
async function look(
  check: Check,
  tell: (finding: Finding) => void,
  { signal }: Pick<World, "signal">,
): Promise<void> {
  try {
    const found = await check.run();
    if (found !== null) tell({ check: check.name, ...found });
  } catch (error) {
    throwIfInterrupted(signal);
    if (!(error instanceof UsageError || error instanceof FerryError)) throw error;
    const advice = error.hint === undefined ? [] : [error.hint];
    tell({ check: check.name, verdict: "problem", found: error.message, advice });
  }
}

interface Ends {
  source: string | undefined;
  target: string | undefined;
  tries: boolean;
}

/** The checks of both ends; an end that cannot be told from what was typed is a finding. */
async function openEnds(
  { source, target, tries }: Ends,
  dependencies: Dependencies,
  tell: (finding: Finding) => void,
): Promise<Check[]> {
  const { world, settings } = dependencies;
  const open = async (name: "source" | "target", text: string | undefined): Promise<Place | null> => {
    if (text === undefined) {
      const setting = name === "source" ? "LOCAL_API" : "PROD_API";
      const advice = [`Set ${setting} in .env, or name the place`];
      tell({ check: name, verdict: "warning", found: `no ${name} is known`, advice });
      return null;
    }
    return parsePlace(text, world.cwd).catch((error: Error & { hint?: string }) => {
      const advice = error.hint === undefined ? [] : [error.hint];
      tell({ check: name, verdict: "problem", found: error.message, advice });
      return null;
    });
  };
  const places = [await open("source", source), await open("target", target)] as const;
  requireOneOther(
    places.flatMap((place) => (place?.kind === "app" ? [place.url] : [])),
    settings,
  );
  const connected = places.map((place): ConnectedPlace | null =>
    place?.kind === "app" ? { kind: "app", app: connect(place.url, dependencies) } : place,
  );
  const ends = connected.flatMap((place, i): CheckedEnd[] =>
    place === null ? [] : [checkEnd(i === 0 ? "source" : "target", place, { tries, world, settings })],
  );
  const checks = [...ends.flatMap((end) => end.checks), ...healthChecks(ends, world)];
  const [one, other] = connected;
  if (!one || !other) return checks;
  const letIn = async () => (await Promise.all(ends.map((end) => end.letsIn()))).every(Boolean);
  return [...checks, schemaCheck([one, other], { letIn, world })];
}

type CheckedEnd = HealthEnd & CheckedApp;

function checkEnd(
  name: HealthEnd["name"],
  place: ConnectedPlace,
  { tries, world, settings }: Pick<Dependencies, "world" | "settings"> & Pick<Ends, "tries">,
): CheckedEnd {
  if (place.kind !== "app") {
    const check: Check = { name, run: async () => fine(placeName(place)) };
    return { name, place, checks: [check], letsIn: async () => true };
  }
  const needs = name === "source" ? ["read"] : ["plan", "write"];
  const asked = { name, app: place.app, needs, tries: tries && name === "target" };
  return { name, place, ...appChecks(asked, { world, settings }) };
}

function printFinding({ check, verdict, found, advice }: Finding, printer: Printer): void {
  const line = `${check}: ${found}`;
  if (verdict === "ok") printer.done(line);
  else if (verdict === "warning") printer.warn(line);
  else printer.important([`✗ ${line}`]);
  for (const one of advice) printer.line(`    ${one}`);
}
