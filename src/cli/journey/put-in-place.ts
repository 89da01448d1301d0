import { open, rename } from "node:fs/promises";
import { dirname } from "node:path";

/** Gives a finished file its name once its bytes are on the disk: a power cut leaves the earlier file, or all of this one. */
export async function putInPlace(partial: string, path: string): Promise<void> {
  await syncToDisk(partial);
  await rename(partial, path);
  // Not every system opens a directory, or needs to.
  await syncToDisk(dirname(path)).catch(() => undefined);
}

async function syncToDisk(path: string): Promise<void> {
  const file = await open(path, "r");
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
