import { FerryError } from "../../errors.ts";

const FULL: Readonly<Record<string, string>> = {
  ENOSPC: "no space left on its disk",
  EDQUOT: "the disk quota is used up",
  EFBIG: "larger than a file may be there",
};

/** Carries `action` out; a disk without room for `file` is told with its name. */
export async function explainFullDisk<T>(file: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    const problem = error instanceof Error && "code" in error ? FULL[String(error.code)] : undefined;
    if (problem === undefined) throw error;
    throw new FerryError("DISK_FULL", `${file}: ${problem}`, {
      hint: "What was written of it is removed. Make room there, or work on another disk, and run the same command again.",
      details: { file },
      cause: error,
    });
  }
}
