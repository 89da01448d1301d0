import type { Dependencies } from "../commands/dependencies.ts";
import { UsageError } from "../exit.ts";
import type { CommandOption } from "../options/command-option.ts";
import type { App } from "./app.ts";
import { connect } from "./connect.ts";
import { addressWithoutScheme } from "./guess-address.ts";
import { ifTheAppIsMeant, parseAppUrl } from "./place.ts";

export interface UrlFlags {
  url?: string;
}

export const urlOption: CommandOption = {
  flags: "--url <address>",
  description: "the app to ask (default: PROD_API)",
};

export function chosenApp({ url }: UrlFlags, dependencies: Dependencies): App {
  const address = url ?? dependencies.settings.prodApi;
  if (address === undefined) throw new UsageError("Which app?", "Set PROD_API in .env, or add --url ADDRESS");
  if (!/^https?:\/\//i.test(address)) {
    const meant = addressWithoutScheme(address);
    throw new UsageError(
      `${address} is not an app's address`,
      meant === null ? "An address begins with https:// or http://" : ifTheAppIsMeant(meant),
    );
  }
  return connect(parseAppUrl(address), dependencies);
}
