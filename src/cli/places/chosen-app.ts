import { UsageError } from "../exit.ts";
import type { UrlFlags } from "../options/common-options.ts";
import { type App, wordsFor } from "./app.ts";
import { type Connections, connectOnly } from "./connect.ts";
import { addressWithoutScheme, withoutPassword } from "./guess-address.ts";
import { ifTheAppIsMeant, parseAppUrl, refusePassword } from "./parse-place.ts";

/** Where it is kept how another command line names the app. */
interface AskedApp {
  checkpoint: { app: readonly string[] };
}

/** The app that a command asks: the one named with --url, else production. */
export function chosenApp({ url }: UrlFlags, connections: Connections & AskedApp): App {
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
  const app = connectOnly(parseAppUrl(address), connections);
  connections.checkpoint.app = wordsFor(app);
  return app;
}
