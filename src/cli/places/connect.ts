import { createClient } from "../../client/client.ts";
import type { Printer } from "../printing/printer.ts";
import type { World } from "../world.ts";
import type { App } from "./app.ts";
import { credentialsFor, requireOneOther, roleOf } from "./credentials.ts";
import type { Settings } from "./settings.ts";
import { metered, noUsage } from "./usage-meter.ts";

/** What connecting to an app takes. */
export interface Connections {
  settings: Settings;
  world: Pick<World, "fetch">;
  printer: Pick<Printer, "warn">;
}

/** An app that is the only one of its command. */
export function connectOnly(url: URL, connections: Connections): App {
  requireOneOther([url], connections.settings);
  return connect(url, connections);
}

/** An app, with the credentials that are meant for it. Nothing is sent until the first call. */
export function connect(url: URL, { settings, world, printer }: Connections): App {
  const credentials = credentialsFor(url, settings);
  if (url.protocol === "http:" && !isLoopback(url) && Object.keys(credentials).length > 0) {
    printer.warn(
      `${url.host} is reached over plain http: anyone on the way can read the credentials; use https`,
    );
  }
  const client = createClient({
    baseUrl: url.href,
    fetch: world.fetch,
    // Whether to wait for a lock depends on who holds it: see targets/wait-for-lock.ts.
    retry: { lockWait: 0 },
    ...credentials,
  });
  const usage = noUsage();
  const other = roleOf(url, settings) === "other";
  const credentialFlags = other ? (settings.otherFlags ?? []) : [];
  return { url, usage, client: metered(client, usage), credentialFlags };
}

function isLoopback({ hostname }: URL): boolean {
  return /^(localhost|.*\.localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
}
