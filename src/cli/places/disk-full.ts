import { FerryError } from "../../errors.ts";

const FULL: Readonly<Record<string, string>> = {
  ENOSPC: "no space left on its disk",
  EDQUOT: "the disk quota is used up",
  EFBIG: "the file would be larger than the file system allows",
};

/** Runs `action`. When the disk is full, the error names `file`. */
export async function explainFullDisk<T>(file: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    const problem = error instanceof Error && "code" in error ? FULL[String(error.code)] : undefined;
    if (problem === undefined) throw error;
    throw new FerryError("DISK_FULL", `${file}: ${problem}`, {
      hint: "What was written of it has been removed. Free some space there, or work on another disk, then run the same command again.",
      details: { file },
      cause: error,
    });
  }
}
