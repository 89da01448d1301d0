import { type Place, placeName } from "../places/place.ts";
import type { Settings } from "../places/settings.ts";

/**
 * What a place is called where it is remembered what was exchanged with it. LOCAL_API is an app of this directory's
 * development server, and `local` the database of that: they are one.
 */
export function basePlace(place: Place, { localApi }: Pick<Settings, "localApi">): string {
  if (place.kind === "sqlite" && place.local === "local" && localApi !== undefined)
    return placeName({ kind: "app", url: new URL(localApi) });
  return placeName(place);
}
