import { randomUUID } from "node:crypto";
import { chmod, mkdir, open, readFile, realpath, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { UsageError } from "../exit.ts";
import type { FileChange } from "./file-change.ts";

/** Throws a UsageError where a file is no longer as it was when the change was made up. */
export async function requireUnchanged(directory: string, changes: readonly FileChange[]): Promise<void> {
  for (const { path, before } of changes) {
    const now = await readFile(join(directory, path)).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return null;
      throw error;
    });
    if (before === null ? now === null : now?.equals(Buffer.from(before)) === true) continue;
    throw new UsageError(
      `${path} has changed since it was read; nothing was written`,
      "Run the same command again: it shows what is to be done now",
    );
  }
}

/** Each file is whole at any moment: written aside, then put in place, with the mode that it had. */
export async function writeFiles(directory: string, changes: readonly FileChange[]): Promise<void> {
  for (const change of changes) await writeAside(join(directory, change.path), change);
}

/** A new file with secrets is its owner's alone. */
const OWNER_ONLY = 0o600;

async function writeAside(path: string, { before, after, secret }: FileChange): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  // A link stays one: what it leads to is replaced.
  const target = before === null ? path : await realpath(path);
  const aside = `${target}.${randomUUID().slice(0, 8)}.partial`;
  const mode = before === null ? (secret ? OWNER_ONLY : undefined) : (await stat(target)).mode & 0o7777;
  try {
    const file = await open(aside, "wx", mode ?? 0o666);
    try {
      await file.writeFile(after);
      await file.sync();
    } finally {
      await file.close();
    }
    if (mode !== undefined) await chmod(aside, mode);
    await rename(aside, target);
  } catch (error) {
    await rm(aside, { force: true });
    throw error;
  }
}
