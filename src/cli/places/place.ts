/** Where rows come from or go to. */
export type Place =
  /** An app with d1-ferry in it; the address is its base. */
  | { kind: "app"; url: URL }
  | {
      kind: "sqlite";
      path: string;
      /** The database of a development server, as it was typed. @default a file like any other */
      local?: string;
    }
  /** An archive, or a plain JSON document. */
  | {
      kind: "archive";
      path: string /** Where the file is not what was typed. @default its path */;
      name?: string;
    };

/** Where rows can go to. */
export type TargetPlace = Exclude<Place, { kind: "archive" }>;

/** How a place is named to a person. */
export function placeName(place: Place): string {
  if (place.kind === "app") return place.url.href.replace(/\/$/, "");
  if (place.kind === "sqlite") return place.local ?? place.path;
  return place.name ?? place.path;
}

/** What has to be typed before rows are deleted there: the app's host, or the file's name. */
export function placeHost(place: Place): string {
  if (place.kind === "app") return place.url.host;
  if (place.kind === "sqlite" && place.local !== undefined) return place.local;
  return place.path.split(/[\\/]/).at(-1) ?? place.path;
}
