import { type FerryKey, kindOf } from "./keys.ts";

/*
 * What an object was uploaded from, as whoever began the upload says. Hearsay: it helps people to find it again, and
 * nothing is decided by it.
 */

export interface UploadedFile {
  /** The name under which somebody chose the file; null where nobody said. */
  name: string | null;
  format: FileFormat | null;
}

/** An archive of all rows of its tables, one of a part of them, such as what changed, or a plain JSON document. */
export const FILE_FORMATS = ["archive", "part", "document"] as const;

type FileFormat = (typeof FILE_FORMATS)[number];

/** UTF-16 units of a name: encoded, it has to fit into an object's metadata. */
export const LONGEST_NAME = 120;

/** In small letters: some object stores keep no others in a name. */
const [NAME, FORMAT] = ["file-name", "file-format"];

/** An object's metadata that says what it was uploaded from; a header's characters only. */
export function uploadedFrom({ name = null, format = null }: Partial<UploadedFile>): Record<string, string> {
  return {
    ...(name === null ? {} : { [NAME]: encodeURIComponent(name.slice(0, LONGEST_NAME).toWellFormed()) }),
    ...(format === null ? {} : { [FORMAT]: format }),
  };
}

/** The same of any object by its key: what d1-ferry writes itself are archives. */
export function fileOf(key: FerryKey, metadata: Readonly<Record<string, string>>): UploadedFile {
  return kindOf(key) === "sync"
    ? uploadIn(metadata)
    : { name: null, format: kindOf(key) === "undo" ? "part" : "archive" };
}

/** What an object was uploaded from, by its metadata. */
export function uploadIn(metadata: Readonly<Record<string, string>>): UploadedFile {
  return {
    name: nameIn(metadata[NAME]),
    format: FILE_FORMATS.find((one) => one === metadata[FORMAT]) ?? null,
  };
}

function nameIn(encoded: string | undefined): string | null {
  try {
    return encoded === undefined ? null : decodeURIComponent(encoded);
  } catch {
    return null;
  }
}
