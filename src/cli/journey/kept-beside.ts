import { openArchive } from "../../archive/reader.ts";
import type { ByteSource } from "../../archive/types.ts";
import { isUndoKey } from "../../bucket/keys.ts";
import { FerryError } from "../../errors.ts";
import { fileSource } from "../places/file-source.ts";
import { listUndoFiles, type UndoFile } from "../workspace/undo-files.ts";

/** What a sync into a SQLite file is undone from. */
export interface KeptBeside extends UndoFile {
  source: ByteSource;
  /** The key of the run whose changes it takes back. */
  undoes: string;
}

/**
 * Of what is kept beside a SQLite file, what has this key or is of the run of this key; without one the newest, undos of
 * undos passed over. Rejects where there is none.
 */
export async function chooseKept(path: string, key?: string): Promise<KeptBeside> {
  for (const file of await listUndoFiles(path)) {
    const source = await fileSource(file.path);
    const { source: from } = (await openArchive(source)).header;
    const undoes = from?.name ?? file.key;
    const isMeant = key === undefined ? !isUndoKey(undoes) : key === file.key || key === undoes;
    if (isMeant) return { ...file, source, undoes };
  }
  throw new FerryError(
    "NOT_UNDOABLE",
    `Beside ${path} nothing is kept ${key === undefined ? "that could be undone" : `of ${key}`}`,
    {
      hint: "The last 10 syncs into a file can be undone, but for those with --no-undo; 1 GB is kept of them",
    },
  );
}
