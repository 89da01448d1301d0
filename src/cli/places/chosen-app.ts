import { UsageError } from "../exit.ts";
import type { UrlFlags } from "../options/common-options.ts";
import type { App } from "./app.ts";
import { type Connections, connectOnly } from "./connect.ts";
import { addressWithoutScheme, withoutPassword } from "./guess-address.ts";
import { ifTheAppIsMeant, parseAppUrl, refusePassword } from "./parse-place.ts";

/** The app that a command asks: the one named with --url, else production. */
export function chosenApp({ url }: UrlFlags, connections: Connections): App {
  const address = url ?? connections.settings.prodApi;
  if (address === undefined) throw new UsageError("Which app?", "Set PROD_API in .env, or add --url ADDRESS");
  if (!/^https?:\/\//i.test(address)) {
    refusePassword(address);
    const meant = addressWithoutScheme(address);
    throw new UsageError(
      `${withoutPassword(address)} is not an app's address`,
      meant === null ? "An address begins with https:// or http://" : ifTheAppIsMeant(meant),
    );
  }
  return connectOnly(parseAppUrl(address), connections);
}
