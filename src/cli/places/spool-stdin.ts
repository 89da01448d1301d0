import { createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { UsageError } from "../exit.ts";
import { throwIfInterrupted } from "../interruption/interrupted.ts";
import type { World } from "../world.ts";
import { explainFullDisk } from "./disk-full.ts";

/** How stdin is named to a person. */
export const STDIN = "stdin";

/**
 * Has what comes on stdin as a file while `work` runs: it is read more than once, and from any byte. Nobody
 * else can read the file, and it is gone afterwards.
 */
export async function withStdinAsFile<T>(
  { stdin, signal }: Pick<World, "stdin" | "signal">,
  work: (path: string) => Promise<T>,
): Promise<T> {
  if (stdin.isTTY)
    throw new UsageError(
      "Nothing is piped to stdin",
      "Name a file, or pipe one: … | d1-ferry import - --to PLACE",
    );
  const folder = await mkdtemp(join(tmpdir(), "d1-ferry-"));
  try {
    const path = join(folder, STDIN);
    await explainFullDisk(path, () =>
      pipeline(stdin, createWriteStream(path, { mode: 0o600, flags: "wx" }), { signal }),
    ).catch((error: unknown) => {
      throwIfInterrupted(signal);
      throw error;
    });
    return await work(path);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
