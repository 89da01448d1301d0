import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { UsageError } from "../exit.ts";
import { type Place, parsePlace } from "../places/place.ts";

/** Where rows go, as it is typed: a database. A file that is not there yet becomes a SQLite database. */
export async function parseTarget(text: string, cwd: string): Promise<Place> {
  const path = resolve(cwd, text);
  const isAddress = /^[a-z][a-z0-9+.-]*:\/\//i.test(text);
  if (!isAddress && !existsSync(path)) return { kind: "sqlite", path };
  const place = await parsePlace(text, cwd);
  if (place.kind !== "archive") return place;
  throw new UsageError(
    `${text} is an archive file, not a database`,
    "d1-ferry export SOURCE -o FILE writes one",
  );
}
