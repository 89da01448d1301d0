import { stat } from "node:fs/promises";
import { type Found, fine, warning } from "../../api/findings.ts";
import type { HealthAnswer } from "../../client/answers.ts";
import { type ErrorCode, FerryError } from "../../errors.ts";
import { bytes } from "../../numbers.ts";
import { VERSION } from "../../version.ts";
import { throwIfInterrupted } from "../interruption/interrupted.ts";
import type { ConnectedPlace } from "../journey/compared-place.ts";
import { printable } from "../printing/printable.ts";
import type { World } from "../world.ts";
import { type Check, once } from "./check.ts";

export interface HealthEnd {
  name: "source" | "target";
  place: ConnectedPlace;
  /** Whether an app lets this command in. */
  letsIn(): Promise<boolean>;
}

/** An end that is asked once how it is. */
interface Asked {
  name: HealthEnd["name"];
  place: ConnectedPlace;
  /** Null where it says nothing: a file, an older app, one that does not let this command in, one that fails to answer. */
  health(): Promise<HealthAnswer | null>;
  /** Finds what it fails with. */
  check: Check;
}

/** What both ends say of themselves, and whether they go together. */
export function healthChecks(ends: readonly HealthEnd[], world: Pick<World, "signal">): Check[] {
  const asked = ends.map((end) => askOnce(end, world));
  const source = asked.find(({ name }) => name === "source");
  const target = asked.find(({ name }) => name === "target");
  return [
    ...asked.flatMap((end) => [end.check, ...wrongOnly(end)]),
    { name: "versions", run: () => checkVersions(asked) },
    { name: "target: room", run: () => checkRoom(target, source) },
    {
      name: "target: daily quota",
      run: async () => foundBy((await target?.health()) ?? null, "daily quota"),
    },
  ];
}

/** An older app does not know the question, and another one may not answer it to anybody. */
const NOT_ANSWERED: ReadonlySet<ErrorCode> = new Set<ErrorCode>(["UNKNOWN_OPERATION", "FORBIDDEN"]);

function askOnce({ name, place, letsIn }: HealthEnd, { signal }: Pick<World, "signal">): Asked {
  const answer = once(async () => {
    if (place.kind !== "app" || !(await letsIn())) return null;
    try {
      return await place.app.client.health({ signal });
    } catch (error) {
      if (error instanceof FerryError && NOT_ANSWERED.has(error.code)) return null;
      throw error;
    }
  });
  return {
    name,
    place,
    async health() {
      try {
        return await answer();
      } catch (error) {
        throwIfInterrupted(signal);
        if (!(error instanceof FerryError)) throw error;
        return null;
      }
    },
    check: { name: `${name}: health`, run: () => answer().then(() => null) },
  };
}

/** What an app sees itself, and what is told of only where it is not well. */
const OWN_CHECKS = ["database", "bucket", "platform", "tokens"];

function wrongOnly({ name, health }: Asked): Check[] {
  return OWN_CHECKS.map((check) => ({
    name: `${name}: ${check}`,
    async run() {
      const found = foundBy(await health(), check);
      return found?.verdict === "ok" ? null : found;
    },
  }));
}

/** What the app found by one of its own checks. */
function foundBy(health: HealthAnswer | null, check: string): Found | null {
  const finding = health?.checks.find((one) => one.check === check);
  if (finding === undefined) return null;
  const { verdict, found, advice } = finding;
  return { verdict, found: printable(found), advice: advice.map(printable) };
}

async function checkVersions(ends: readonly Asked[]): Promise<Found | null> {
  const known: { name: string; version: string }[] = [];
  for (const { name, health } of ends) {
    const answer = await health();
    if (answer !== null) known.push({ name, version: answer.version });
  }
  if (known.length === 0) return null;
  const others = known.filter(({ version }) => version !== VERSION);
  const where = known.length === 2 ? "both ends" : `the ${known[0]?.name}`;
  if (others.length === 0) return fine(`${VERSION} at ${where}, as here`);
  const told = known.map(({ name, version }) => `the ${name} has ${version}`);
  return warning(
    `${told.join(", ")}, this command is ${VERSION}`,
    ...others.map(
      ({ name, version }) =>
        `Install d1-ferry ${VERSION} in the app of the ${name}, and deploy it; or install ${version} here`,
    ),
  );
}

/** The target's room, and whether what the source has more will fit: until a run ends, its rows are there twice. */
async function checkRoom(target: Asked | undefined, source: Asked | undefined): Promise<Found | null> {
  const health = (await target?.health()) ?? null;
  const told = foundBy(health, "room");
  const there = source === undefined ? null : await sizeOf(source);
  if (told?.verdict !== "ok" || health === null || health.database.bytes === null || there === null)
    return told;
  const { bytes: here, limitBytes } = health.database;
  const found = `${told.found}; the source has ${bytes(there)}`;
  if (here + 2 * Math.max(0, there - here) <= limitBytes) return fine(found);
  return warning(
    found,
    "It may not fit: what is sent is staged beside the rows until the run ends. Push a few tables at a time (--tables), or choose a larger plan",
  );
}

/** Bytes of the database at this end; null where nobody knows. */
async function sizeOf({ place, health }: Asked): Promise<number | null> {
  if (place.kind === "app") return (await health())?.database.bytes ?? null;
  if (place.kind === "archive") return null;
  return stat(place.path).then(
    ({ size }) => size,
    () => null,
  );
}
