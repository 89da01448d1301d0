import { type Finding, type Found, fine, problem, warning } from "../api/findings.ts";
import type { Health } from "../api/health.ts";
import { asFerryError, type FerryError } from "../errors.ts";
import { bytes, count, plural } from "../numbers.ts";
import { parseTokens } from "../tokens.ts";
import { PLATFORMS } from "./platforms.ts";

export interface LookedAt {
  failed: { database: FerryError | undefined; bucket: FerryError | undefined };
  /** What stands in FERRY_TOKENS; undefined where nobody is told of it. */
  tokens: unknown;
  /** Milliseconds since 1970. */
  now: number;
}

type Seen = Omit<Health, "checks">;

/** What can be said of an app by what it sees itself. A check that does not apply is left out. */
export function checkHealth(seen: Seen, { failed, tokens, now }: LookedAt): Finding[] {
  const checks: Record<string, Found | null> = {
    database: checkDatabase(seen, failed.database),
    bucket: failed.bucket === undefined ? fine("answers") : failure(failed.bucket),
    platform: checkPlatform(seen),
    room: checkRoom(seen),
    "daily quota": checkQuota(seen),
    runs: failed.database === undefined ? checkRuns(seen) : null,
    tokens: checkTokens(tokens, now),
  };
  return Object.entries(checks).flatMap(([check, found]) => (found === null ? [] : [{ check, ...found }]));
}

function failure({ code, message, hint }: FerryError): Found {
  return problem(`${message} (${code})`, ...(hint === undefined ? [] : [hint]));
}

function checkDatabase({ database: { tables } }: Seen, failed: FerryError | undefined): Found {
  if (failed !== undefined) return failure(failed);
  const uncounted = tables.filter(({ rows }) => rows === null);
  const [first] = uncounted;
  if (first === undefined) return fine(`answers, ${plural(tables.length, "table")}`);
  const others = uncounted.length === 1 ? "" : `, nor could ${plural(uncounted.length - 1, "other")}`;
  return fine(
    `answers, ${plural(tables.length, "table")}; ${JSON.stringify(first.table)} could not be counted${others}`,
  );
}

const SET_PLATFORM = `Set FERRY_PLATFORM to where the app runs: ${PLATFORMS.join(", ")}`;

function checkPlatform({ platform, platformNamed }: Seen): Found {
  return fine(platformNamed ? platform : `${platform} is assumed: FERRY_PLATFORM does not say it`);
}

/** Parts of the room from which on it is getting little, and is too little. */
const ROOM = { little: 0.8, none: 0.95 };

function checkRoom({ platform, platformNamed, database }: Seen): Found | null {
  const { bytes: size, limitBytes } = database;
  if (size === null) return null;
  const limit = bytes(limitBytes);
  const found = `${bytes(size)} of the ${limit} that ${platform} gives a database`;
  if (size > limitBytes)
    return warning(
      `${bytes(size)}, more than the ${limit} that ${platform} is known to give`,
      platformNamed
        ? "Look at your plan: it evidently gives more, but how much is not known here"
        : SET_PLATFORM,
    );
  if (size <= limitBytes * ROOM.little) return fine(found);
  const advice = [
    "Delete what is not needed, or choose a larger plan. d1-ferry prune removes what is staged and abandoned",
    ...(platformNamed ? [] : [SET_PLATFORM]),
  ];
  return size > limitBytes * ROOM.none && platformNamed
    ? problem(found, ...advice)
    : warning(found, ...advice);
}

/** The part of what may be written a day from which on it is getting little. */
const QUOTA_LITTLE = 0.8;

function checkQuota({ today }: Seen): Found | null {
  if (today === null || today.limit === null) return null;
  const { rowsWritten, limit } = today;
  const found = `syncs wrote ${count(rowsWritten)} of the ${plural(limit, "row")} that the account may write today`;
  if (rowsWritten <= limit * QUOTA_LITTLE) return fine(found);
  const advice = "What does not fit goes on after midnight UTC, by the same command, or on a paid plan";
  return rowsWritten < limit ? warning(found, advice) : problem(found, advice);
}

function checkRuns({ runs: { open } }: Seen): Found {
  const [newest] = open;
  if (newest === undefined) return fine("none is under way");
  const { key, phase } = newest;
  const others = open.length === 1 ? "" : `, and ${open.length - 1} before it`;
  return warning(
    `${key} is not at its end (${phase})${others}`,
    `Go on with it: d1-ferry sync ${key}. Or remove what it staged: d1-ferry drop ${key}`,
  );
}

const SOON_MS = 7 * 24 * 60 * 60 * 1000;

/** Names, and never a hash. */
function checkTokens(setting: unknown, now: number): Found | null {
  if (setting === undefined || setting === null || setting === "") return null;
  try {
    const tokens = parseTokens(setting);
    const ending = tokens.filter(({ expires = Infinity }) => expires <= now + SOON_MS);
    if (ending.length === 0) return fine(`${plural(tokens.length, "named token")}, none ends within 7 days`);
    const told = ending.map(
      ({ name, expires = 0 }) =>
        `${name} ${expires <= now ? "ended" : "ends"} on ${new Date(expires).toISOString().slice(0, 10)}`,
    );
    return warning(
      told.join(", "),
      "Make another with d1-ferry token, and put its line in the place of the old one in FERRY_TOKENS",
    );
  } catch (error) {
    return failure(asFerryError(error));
  }
}
