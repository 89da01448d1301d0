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
 * What the same command needs to resume after a kill. It is kept beside the export in `.d1-ferry/` of the
 * working directory, written whole before each step that could not be repeated for free, and removed when
 * the command ends by itself. Never holds a secret.
 */
export interface JourneyRecord {
  format: 1;
  /** Milliseconds since 1970. */
  startedAt: number;
  /** The file that the rows are from, as it was then; none for an app. */
  source?: FileFingerprint;
  /** The source app's export, while it is being made or downloaded. */
  exportKey?: string;
  /** Which object the bytes in the export's file are of. */
  download?: { etag: string } | undefined;
  /** The export's notes on what it left out. */
  notes?: string[];
  /** The file that is sent. */
  archive?: { path: string; bytes: number };
  /** It is of what differed from the target then. */
  isOfChanges?: boolean;
  /** The target had no rows when it was compared: nothing is written over there. */
  isToEmpty?: boolean;
  /** Who edited what has been decided. */
  isDecided?: boolean;
  /** The exchange in the base that it is to become. */
  exchange?: number;
  /** The multipart upload that has begun. */
  upload?: ResumeState | null;
  /** The run's key; from here on the bytes are at the target. */
  runKey?: string | undefined;
  /** Of an undo: the run whose changes it takes back. */
  undoes?: string;
  /** When the target can take more rows: till then the command can only wait. Milliseconds since 1970. */
  waitsUntil?: number;
}

export interface JourneyStore {
  readonly record: Readonly<JourneyRecord>;
  /** An earlier command left it. */
  readonly resumed: boolean;
  /** Where the export is written. */
  readonly archivePath: string;
  /** Written with the next `save`: until then there is nothing to resume. */
  note(change: Partial<JourneyRecord>): void;
  save(change: Partial<JourneyRecord>): Promise<void>;
  /** Forgets everything; the next command starts over. */
  discard(): Promise<void>;
  /** Lets the same command in another terminal have its turn. */
  release(): void;
}

/** An export older than this is not resumed: its source has moved on. Milliseconds. */
export const MAX_AGE = 24 * 60 * 60 * 1000;

/** `identity`: what makes two command lines the same journey. Waits while another process is on it. */
export async function openRecord(
  identity: readonly unknown[],
  session: Waiting & { world: Pick<World, "cwd" | "now"> },
  options: { /** @default false */ fresh?: boolean | undefined } = {},
): Promise<JourneyStore> {
  const { world } = session;
  const directory = await workDirectory(world.cwd);
  const id = createHash("sha256").update(JSON.stringify(identity)).digest("hex").slice(0, 16);
  const path = join(directory, `${id}.json`);
  const archivePath = join(directory, `${id}.archive`);
  const removeFiles = async () => {
    await rm(path, { force: true });
    await rm(archivePath, { force: true });
  };
  const started = (): JourneyRecord => ({ format: 1, startedAt: world.now() });

  const lock = await takeLock(join(directory, `${id}.lock`), "The same command is running here", session);
  const found = options.fresh ? null : await readRecord(path, world.now());
  if (found === null) await removeFiles();
  let record = found ?? started();
  return {
    get record() {
      return record;
    },
    resumed: found !== null,
    archivePath,
    note(change) {
      record = { ...record, ...change };
    },
    async save(change) {
      record = { ...record, ...change };
      await writeRecord(path, record);
    },
    async discard() {
      record = started();
      await removeFiles();
    },
    release: lock.release,
  };
}

/** Null when there is none, or none that can be resumed. */
async function readRecord(path: string, now: number): Promise<JourneyRecord | null> {
  const text = await readFile(path, "utf8").catch(() => null);
  if (text === null) return null;
  try {
    const record = JSON.parse(text) as JourneyRecord;
    const since = Math.max(record.startedAt, record.waitsUntil ?? 0);
    return record.format === 1 && now - since < MAX_AGE ? record : null;
  } catch {
    return null;
  }
}

async function writeRecord(path: string, record: JourneyRecord): Promise<void> {
  const next = `${path}.new`;
  try {
    await explainFullDisk(path, () => writeFile(next, JSON.stringify(record), { mode: 0o600 }));
  } catch (error) {
    await rm(next, { force: true });
    throw error;
  }
  await rename(next, path);
}
