import { createHash } from "node:crypto";
import { lstat, mkdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { UsageError } from "../exit.ts";

/** It holds rows, so nobody else may read it, and git ignores it. */
export async function workDirectory(cwd: string): Promise<string> {
  const here = besideTheUser(cwd);
  try {
    await mkdir(here, { recursive: true, mode: 0o700 });
    await writeFile(join(here, ".gitignore"), "*\n");
    return here;
  } catch {
    return await temporaryDirectory(cwd);
  }
}

/** Where a command in this directory may have left something; they need not exist. */
export function possibleWorkDirectories(cwd: string): string[] {
  return [besideTheUser(cwd), join(ownTemporary(), nameFor(cwd))];
}

/** For a working directory that cannot be written. It has to be our own: another user may have put one there. */
async function temporaryDirectory(cwd: string): Promise<string> {
  const own = ownTemporary();
  await mkdir(own, { recursive: true, mode: 0o700 });
  const info = await lstat(own);
  if (!info.isDirectory() || (process.getuid !== undefined && info.uid !== process.getuid())) {
    throw new UsageError(
      `${own} belongs to someone else`,
      "Run the command in a directory that you can write to",
    );
  }
  const directory = join(own, nameFor(cwd));
  await mkdir(directory, { recursive: true, mode: 0o700 });
  return directory;
}

function besideTheUser(cwd: string): string {
  return join(cwd, ".d1-ferry");
}

function ownTemporary(): string {
  return join(tmpdir(), `d1-ferry-${process.getuid?.() ?? 0}`);
}

function nameFor(cwd: string): string {
  return createHash("sha256").update(cwd).digest("hex").slice(0, 16);
}
