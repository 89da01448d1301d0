import { type Found, fine, problem, warning } from "../../api/findings.ts";
import { pathOf } from "../../api/paths.ts";
import { newKey } from "../../bucket/keys.ts";
import { sendToEither } from "../../client/trailing-slash.ts";
import { FerryError } from "../../errors.ts";
import { duration } from "../../numbers.ts";
import { throwIfInterrupted } from "../interruption/interrupted.ts";
import type { App } from "../places/app.ts";
import { credentialsHint } from "../places/credentials.ts";
import type { Settings } from "../places/settings.ts";
import { printable } from "../printing/printable.ts";
import type { World } from "../world.ts";
import { type Check, once } from "./check.ts";

export interface AppChecks {
  /** "source" or "target". */
  name: string;
  app: App;
  /** What a push needs of it. */
  needs: readonly string[];
  /** Tries what a push does there, and takes it back. */
  tries: boolean;
}

/** Milliseconds for one question. */
const ASK_MS = 15_000;

/** Clocks that differ by more than this may take a lock for ended that is not. */
const CLOCK_MS = 10_000;

export interface CheckedApp {
  checks: Check[];
  /** Whether it lets this command in: what asks again and again need not be tried otherwise. */
  letsIn(): Promise<boolean>;
}

/** What an app answers. */
export function appChecks(
  { name, app, needs, tries }: AppChecks,
  { world, settings }: { world: Pick<World, "fetch" | "now" | "signal">; settings: Settings },
): CheckedApp {
  const limit = () => AbortSignal.any([world.signal, AbortSignal.timeout(ASK_MS)]);
  const asked = once(async () => {
    const began = world.now();
    const { response } = await sendToEither(
      `${app.url.href.replace(/\/$/, "")}${pathOf("r2-sync")}?brief`,
      (url) => world.fetch(url, { redirect: "manual", signal: limit() }),
    );
    await response.body?.cancel();
    return { response, at: (began + world.now()) / 2 };
  });
  const described = once(() => app.client.describe({ signal: limit() }));
  const reached = () =>
    asked().then(
      () => true,
      () => false,
    );
  const letsIn = async () =>
    (await reached()) &&
    described().then(
      () => true,
      () => false,
    );
  const checks: Check[] = [
    {
      name: `${name}: address`,
      async run() {
        try {
          return checkAddress(app.url, (await asked()).response);
        } catch (error) {
          throwIfInterrupted(world.signal);
          return problem(
            `${app.url.host} does not answer: ${reasonOf(error)}`,
            "Start the app, or correct the address",
          );
        }
      },
    },
    {
      name: `${name}: clock`,
      run: async () => ((await reached()) ? checkClock(await asked()) : null),
    },
    {
      name: `${name}: access`,
      async run() {
        if (!(await reached())) return null;
        try {
          return checkGrant(needs, await described());
        } catch (error) {
          throwIfInterrupted(world.signal);
          return refusedAccess(error, app.url, settings);
        }
      },
    },
    {
      name: `${name}: runs`,
      async run() {
        if (!(await letsIn())) return null;
        const { runs = [] } = await app.client.runs({ limit: 20 }, { signal: limit() });
        const open = runs.find(({ phase, dropped }) => !dropped && !ENDED.has(phase));
        if (open === undefined)
          return fine(runs.length === 0 ? "nothing was synced yet" : "none is under way");
        return warning(
          `${printable(open.key)} is not at its end (${open.phase})`,
          `Go on with it: d1-ferry sync ${printable(open.key)} --url ${app.url.href}. Or remove what it staged: d1-ferry drop ${printable(open.key)} --url ${app.url.href}`,
        );
      },
    },
    {
      name: `${name}: upload`,
      run: async () => (tries && (await letsIn()) ? checkUpload(app, world) : null),
    },
    {
      name: `${name}: plan`,
      run: async () => (tries && (await letsIn()) ? checkPlan(app, world) : null),
    },
  ];
  return { checks, letsIn };
}

/** A run that nobody has to go on with. */
const ENDED: ReadonlySet<string> = new Set(["completed", "failed", "refused"]);

function checkAddress(url: URL, { status, headers }: Response): Found {
  const path = pathOf("r2-sync", `${url.pathname.replace(/\/$/, "")}/api/admin`);
  if (status === 401 || status === 403)
    return fine(`${url.host} answers at ${path}, to nobody without a token`);
  if (status === 404)
    return problem(
      `${url.host} has no d1-ferry at ${path} (404)`,
      "An app that lives below a path needs it in its address (https://example.com/app), and the option basePath where it is not /api/admin",
    );
  if (status >= 300 && status < 400)
    return problem(
      `${url.host} sends on to ${printable(headers.get("location") ?? "another address")}`,
      "No token is sent after a redirect: name the address that answers itself",
    );
  if (status === 200)
    return problem(
      `${url.host} answers without a token`,
      "Anybody may do that: set FERRY_TOKEN at the app, and look at its option authorize",
    );
  return problem(
    `${url.host} answers with ${status} at ${path}`,
    status >= 500 ? "Look at the app's log" : "Something stands in front of the app",
  );
}

function checkClock({ response, at }: { response: Response; at: number }): Found | null {
  const told = Date.parse(response.headers.get("date") ?? "");
  if (Number.isNaN(told)) return null;
  // The header has whole seconds.
  const ahead = told + 500 - at;
  if (Math.abs(ahead) <= CLOCK_MS) return fine("the same as here");
  return warning(
    `${duration(Math.abs(ahead))} ${ahead > 0 ? "ahead of" : "behind"} this machine`,
    "Set this machine's clock: tokens that end and locks are told by it",
  );
}

function checkGrant(
  needs: readonly string[],
  { platform, grant }: Awaited<ReturnType<App["client"]["describe"]>>,
): Found {
  if (grant === undefined) return fine(`${platform}; it does not say what this token may do`);
  const missing = needs.filter((need) => !grant.may.includes(need));
  const tables = grant.tables === undefined ? "" : `, of ${grant.tables.map(printable).join(", ")} alone`;
  const found = `${printable(grant.name)} may ${grant.may.map(printable).join(", ")}${tables} (${platform})`;
  return missing.length === 0
    ? fine(found)
    : problem(
        `${found}, and not ${missing.join(", ")}`,
        `A push needs that here: d1-ferry token --name NAME --may ${[...new Set([...grant.may, ...missing])].join(",")} makes such a token`,
      );
}

function refusedAccess(error: unknown, url: URL, settings: Settings): Found {
  if (!(error instanceof FerryError)) throw error;
  const { code, message, hint } = error;
  const advice = code === "AUTHENTICATION_REQUIRED" ? credentialsHint(url, settings) : hint;
  return problem(`${printable(message)} (${code})`, ...(advice === undefined ? [] : [advice]));
}

const PART_BYTES = 25 * 1024 * 1024;

async function checkUpload({ client, url }: App, world: Pick<World, "now" | "signal">): Promise<Found> {
  const { signal } = world;
  const { key, uploadId } = await client.startUpload({ chunkSize: PART_BYTES }, { signal });
  const began = world.now();
  try {
    await client.sendPart({ key, uploadId, partNumber: 1, body: new Uint8Array(PART_BYTES) }, { signal });
    return fine(`a part of 25 MiB went through in ${duration(world.now() - began)}`);
  } catch (error) {
    throwIfInterrupted(signal);
    if (!(error instanceof FerryError)) throw error;
    return problem(
      `a part of 25 MiB did not go through: ${printable(error.message)} (${error.code})`,
      `Parts are 10 MiB unless told otherwise. What stands in front of ${url.host} may have a limit of its own`,
    );
  } finally {
    await client.abortUpload({ key, uploadId }).catch(() => undefined);
  }
}

/** What stands in front of a database may refuse statements that make tables, or many at once. */
async function checkPlan({ client }: App, { signal }: Pick<World, "signal">): Promise<Found | null> {
  const { description } = await client.compare({}, { signal });
  const table = description?.tables[0]?.name;
  if (table === undefined) return null;
  const { syncKey } = await client.upload({ data: { [table]: [] } }, { signal, newKey: newKey("sync") });
  try {
    await client.sync({ syncKey, dryRun: true }, { signal });
    return fine("a plan of no rows was made");
  } catch (error) {
    throwIfInterrupted(signal);
    if (!(error instanceof FerryError)) throw error;
    const { message, code, hint } = error;
    return problem(
      `no plan could be made: ${printable(message)} (${code})`,
      ...(hint === undefined ? [] : [hint]),
    );
  } finally {
    await client.drop(syncKey).catch(() => undefined);
  }
}

function reasonOf(error: unknown): string {
  const { cause, message } = error as Error & { cause?: { code?: string; message?: string } };
  return printable(cause?.code ?? cause?.message ?? message);
}
