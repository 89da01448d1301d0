/** An upload that was begun in this browser, and the file that it is of. No secret. */
export interface Unfinished {
  key: string;
  /** Null until the app has answered it. */
  uploadId: string | null;
  /** Bytes. */
  chunkSize: number;
  file: FileMarks;
}

/** What tells a file from another one, and from what it was before somebody changed it. */
export interface FileMarks {
  name: string;
  /** Bytes. */
  size: number;
  /** Milliseconds since 1970. */
  lastModified: number;
  format: "archive" | "document";
  /** SHA-256 of the first bytes, hex; empty where the browser will not count it, as on a page by plain http. */
  head: string;
}

export function isSameFile(one: FileMarks, other: FileMarks): boolean {
  return (
    one.name === other.name &&
    one.size === other.size &&
    one.lastModified === other.lastModified &&
    one.head === other.head
  );
}

/** Where the upload to this app is remembered: by the browser, or, where it does not, until the page is closed. */
export interface Memory {
  /** What the browser calls it. */
  readonly name: string;
  load(): Unfinished | null;
  save(unfinished: Unfinished): void;
  clear(): void;
}

/** @param api - the address that is uploaded to */
export function rememberUploads(api: string): Memory {
  const name = `d1-ferry upload ${api}`;
  let here: Unfinished | null = null;
  return {
    name,
    load: () => attempt(() => read(localStorage.getItem(name))) ?? here,
    save(unfinished) {
      here = unfinished;
      attempt(() => localStorage.setItem(name, JSON.stringify(unfinished)));
    },
    clear() {
      here = null;
      attempt(() => localStorage.removeItem(name));
    },
  };
}

/** Null for what this script did not write. */
function read(text: string | null): Unfinished | null {
  const { key, uploadId, chunkSize, file } = JSON.parse(text ?? "null") ?? {};
  const isWhole =
    typeof key === "string" &&
    (uploadId === null || typeof uploadId === "string") &&
    chunkSize > 0 &&
    typeof file?.name === "string" &&
    file.size > 0;
  return isWhole ? { key, uploadId, chunkSize, file } : null;
}

/** The browser may keep nothing, or have no room: then an upload is not found again, and that is all. */
function attempt<T>(work: () => T): T | null {
  try {
    return work();
  } catch {
    return null;
  }
}
