import { createHash } from "node:crypto";
import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ResumeState } from "../../client/resume.ts";
import { explainFullDisk } from "../places/disk-full.ts";
import type { FileFingerprint } from "../places/file-fingerprint.ts";
import type { World } from "../world.ts";
import { takeLock, type Waiting } from "./command-lock.ts";
import { workDirectory } from "./work-directory.ts";

/**
 * What the same command needs to know to go on after a kill. It is kept beside the export in
 * `.d1-ferry/` of the working directory, written whole before each step that could not be repeated
 * for free, and removed when the command ends by itself. Never holds a secret.
 */
export interface JourneyRecord {
  format: 1;
  /** Milliseconds since 1970. */
  startedAt: number;
  /** The file that the rows are from, as it was then; none for an app. */
  source?: FileFingerprint;
  /** The source app's export, while it is being made or downloaded. */
  exportKey?: string;
  /** Which object the bytes are of that the export's file holds. */
  download?: { etag: string } | undefined;
  /** What the export left out, in its words. */
  notes?: string[];
  /** The bytes that travel. */
  archive?: { path: string; bytes: number };
  /** The multipart upload that has begun. */
  upload?: ResumeState | null;
  /** The run's key; from here on the bytes are at the target. */
  runKey?: string | undefined;
}

export interface JourneyStore {
  readonly record: JourneyRecord;
  /** An earlier command left it. */
  readonly resumed: boolean;
  /** Where the export is written. */
  readonly archivePath: string;
  save(change: Partial<JourneyRecord>): Promise<void>;
  /** Forgets everything; the next command begins anew. */
  discard(): Promise<void>;
  /** Lets the same command in another terminal have its turn. */
  release(): void;
}

/** An export older than this is not gone on with: the source has moved on. Milliseconds. */
export const MAX_AGE = 24 * 60 * 60 * 1000;

/**
 * `identity`: what makes two command lines the same journey. While another process is on it, this one waits.
 */
export async function openRecord(
  identity: readonly unknown[],
  dependencies: Waiting & { world: Pick<World, "cwd" | "now"> },
  options: { fresh?: boolean | undefined } = {},
): Promise<JourneyStore> {
  const { world } = dependencies;
  const directory = await workDirectory(world.cwd);
  const id = createHash("sha256").update(JSON.stringify(identity)).digest("hex").slice(0, 16);
  const path = join(directory, `${id}.json`);
  const archivePath = join(directory, `${id}.archive`);
  const discard = async () => {
    await rm(path, { force: true });
    await rm(archivePath, { force: true });
  };

  const lock = await takeLock(
    join(directory, `${id}.lock`),
    "The same command is running here",
    dependencies,
  );
  const found = options.fresh ? null : await readRecord(path, world.now());
  if (found === null) await discard();
  const record: JourneyRecord = found ?? { format: 1, startedAt: world.now() };
  return {
    record,
    resumed: found !== null,
    archivePath,
    async save(change) {
      Object.assign(record, change);
      try {
        await explainFullDisk(path, () => writeFile(`${path}.new`, JSON.stringify(record), { mode: 0o600 }));
      } catch (error) {
        await rm(`${path}.new`, { force: true });
        throw error;
      }
      await rename(`${path}.new`, path);
    },
    async discard() {
      for (const name of Object.keys(record)) {
        if (name !== "format" && name !== "startedAt")
          delete (record as unknown as Record<string, unknown>)[name];
      }
      record.startedAt = world.now();
      await discard();
    },
    release: lock.release,
  };
}

/** Null when there is none, or none that can be gone on with. */
async function readRecord(path: string, now: number): Promise<JourneyRecord | null> {
  const text = await readFile(path, "utf8").catch(() => null);
  if (text === null) return null;
  try {
    const record = JSON.parse(text) as JourneyRecord;
    return record.format === 1 && now - record.startedAt < MAX_AGE ? record : null;
  } catch {
    return null;
  }
}
