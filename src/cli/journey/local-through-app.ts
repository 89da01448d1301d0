import { pathOf } from "../../api/paths.ts";
import { comparedApp } from "../../client/compared-app.ts";
import { type Description, databasePlace } from "../../diff/index.ts";
import { FerryError } from "../../errors.ts";
import { throwIfInterrupted } from "../interruption/interrupted.ts";
import type { App } from "../places/app.ts";
import { type Connections, connect } from "../places/connect.ts";
import { addressOfServer } from "../places/local-database.ts";
import { openElsewhere, openSqlite } from "../places/open-sqlite.ts";
import type { TargetPlace } from "../places/place.ts";
import type { Settings } from "../places/settings.ts";
import type { World } from "../world.ts";

/** Milliseconds for a development server to say that it is there. */
const ASK_MS = 3_000;

/** Codes of an app that does not show what it has. */
const NOT_SHOWN = ["FORBIDDEN", "UNKNOWN_OPERATION"];

/**
 * The app of the development server, where it has the database of the place `local` open: only through its route can rows
 * be written then. Null where the place can be written directly. Rejects where it cannot, and no app is known that can.
 */
export async function localThroughApp(
  place: TargetPlace,
  { migrate = false }: { migrate?: boolean | undefined },
  session: Connections & { world: World },
): Promise<App | null> {
  if (place.kind !== "sqlite" || place.local === undefined) return null;
  const { path, local } = place;
  try {
    openSqlite(path, { exclusive: true }).close();
    return null;
  } catch (error) {
    if (!(error instanceof FerryError) || error.details?.reason !== "open-elsewhere") throw error;
  }
  if (migrate)
    throw openElsewhere(
      path,
      "Stop the development server, and run the same command again: --migrate adds columns only where the command writes the file itself",
    );
  // Which of several databases an app has is not known.
  const server = local === "local" ? await serverOf(session) : null;
  if (server === null) throw openElsewhere(path);
  const { address, settings } = server;
  if (settings === null)
    throw openElsewhere(
      path,
      `Stop the development server, and run the same command again. Or leave it running, and put its address and token into .env: LOCAL_API=${address.href.replace(/\/$/, "")}, and LOCAL_TOKEN`,
    );
  if (!(await answers(address, session.world)))
    throw openElsewhere(
      path,
      `Stop what has it open, and run the same command again. Or start the development server at ${address.host}, through which its rows could be written: it does not answer`,
    );
  const app = connect(address, { ...session, settings });
  if (!(await hasSameTables(app, path, session.world)))
    throw openElsewhere(
      path,
      `Stop the development server, and run the same command again. It is not the app at ${address.host}, which has another database`,
    );
  return app;
}

interface Server {
  address: URL;
  /** What the app is let in by; null where nothing is known that is meant for it. */
  settings: Settings | null;
}

/** LOCAL_API; else the address that the wrangler file names, to which nothing goes but what is meant for a local app. */
async function serverOf({ settings, world }: Connections & { world: World }): Promise<Server | null> {
  const { localApi, localToken } = settings;
  if (localApi !== undefined) return { address: new URL(localApi), settings };
  const address = await addressOfServer(world.cwd);
  if (address === null) return null;
  const own =
    localToken === undefined
      ? null
      : {
          ...settings,
          otherToken: { name: "LOCAL_TOKEN", value: localToken },
          otherFlags: ["--token-env", "LOCAL_TOKEN"],
          otherCookie: undefined,
        };
  return { address, settings: own };
}

async function answers(address: URL, { fetch, signal }: World): Promise<boolean> {
  try {
    const response = await fetch(`${address.href.replace(/\/$/, "")}${pathOf("r2-sync")}?brief`, {
      redirect: "manual",
      signal: AbortSignal.any([signal, AbortSignal.timeout(ASK_MS)]),
    });
    await response.body?.cancel();
    return true;
  } catch {
    throwIfInterrupted(signal);
    return false;
  }
}

/** True where the file has every table that the app shows. */
async function hasSameTables(app: App, path: string, { signal }: World): Promise<boolean> {
  const choice = { all: true };
  const shown = await comparedApp(app.client, choice, { signal })
    .describe({ schemas: true })
    .catch((error: unknown) => {
      if (error instanceof FerryError && NOT_SHOWN.includes(error.code)) return null;
      throw error;
    });
  if (shown === null) return true;
  const database = openSqlite(path, { readOnly: true });
  try {
    const own = new Set(definitionsOf(await databasePlace(database, { choice }).describe({ schemas: true })));
    return definitionsOf(shown).every((one) => own.has(one));
  } finally {
    database.close();
  }
}

const definitionsOf = ({ tables }: Description): string[] =>
  tables.map(({ name, schema, hasRows }) => JSON.stringify([name, schema?.sql, hasRows]));
