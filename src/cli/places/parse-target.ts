import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { UsageError } from "../exit.ts";
import { addressWithoutScheme, DATABASE_ENDINGS } from "./guess-address.ts";
import { isLocal } from "./local-database.ts";
import { ifTheAppIsMeant, parsePlace, refusePassword } from "./parse-place.ts";
import type { TargetPlace } from "./place.ts";
import { refuseList } from "./refuse-list.ts";

/** Reads the place that rows go to, as it was typed. A file that does not exist yet becomes a SQLite database. */
export async function parseTarget(text: string, cwd: string): Promise<TargetPlace> {
  const path = resolve(cwd, text);
  const isAddress = /^[a-z][a-z0-9+.-]*:\/\//i.test(text);
  if (!isAddress && !isLocal(text) && !existsSync(path)) {
    refusePassword(text);
    refuseList(text);
    refuseForgottenScheme(text, cwd);
    return { kind: "sqlite", path };
  }
  const place = await parsePlace(text, cwd);
  if (place.kind !== "archive") return place;
  throw new UsageError(
    `${text} is an archive file, not a database`,
    "d1-ferry export SOURCE -o FILE writes one",
  );
}

/** No file is created under a name that looks like an app's address: the push would seem to have reached the app. */
function refuseForgottenScheme(text: string, cwd: string): void {
  const address = addressWithoutScheme(text);
  if (address === null) return;
  const slash = text.indexOf("/");
  if (slash !== -1 && existsSync(resolve(cwd, text.slice(0, slash)))) return;
  const endings = `${DATABASE_ENDINGS.slice(0, -1).join(", ")} or ${DATABASE_ENDINGS.at(-1)}`;
  throw new UsageError(
    `${text}: no such file`,
    `${ifTheAppIsMeant(address)}; a new SQLite file needs a name ending in ${endings}, or a path (./name)`,
  );
}
