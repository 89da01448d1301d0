import { openArchive } from "../../archive/reader.ts";
import type { ByteSource } from "../../archive/types.ts";
import { isUndoKey } from "../../bucket/keys.ts";
import { asFerryError, FerryError } from "../../errors.ts";
import { undoCommand } from "../options/undo-command.ts";
import { fileSource } from "../places/file-source.ts";
import { directoryOf, listUndoFiles, type UndoFile } from "../workspace/undo-files.ts";

/** What a sync into a SQLite file is undone from. */
export interface KeptBeside extends UndoFile {
  source: ByteSource;
  /** The key of the run whose changes it takes back. */
  undoes: string;
}

/**
 * Of what is kept beside a SQLite file, the newest of the run of this key. Without a key the newest of a sync, those
 * passed over that an undo went by already. Rejects where there is none.
 */
export async function chooseKept(path: string, key?: string): Promise<KeptBeside> {
  const files = await listUndoFiles(path);
  return key === undefined ? chooseNewest(path, files) : chooseNamed(path, key, files);
}

/** Of an archive that cannot be read: which file it is, and what to do about it. */
export function unreadable(file: string, error: unknown): FerryError {
  const { code, message, details } = asFerryError(error);
  return new FerryError(code, `${file}, which keeps rows as they were, cannot be read: ${message}`, {
    hint: "The sync that kept it cannot be undone by it. The file can be removed: then the sync before it can be undone",
    ...(details === undefined ? {} : { details }),
    cause: error,
  });
}

async function chooseNewest(path: string, files: readonly UndoFile[]): Promise<KeptBeside> {
  for (const file of files.filter(({ left }) => !left)) {
    const kept = await openKept(file);
    if (!isUndoKey(kept.undoes)) return kept;
  }
  for (const file of files.filter(({ left }) => left)) {
    const { undoes } = await openKept(file);
    throw notUndoable(
      `Beside ${path} only what is undone already is kept. An undo of ${undoes} left rows alone`,
      `${undoCommand(undoes, ["--to", path])} takes them back once nothing holds them; with --force also those that were changed since`,
    );
  }
  if (files.length === 0) throw notUndoable(`Nothing is kept that could be undone in ${directoryOf(path)}`);
  throw notUndoable(
    `In ${directoryOf(path)} nothing is kept that could be undone but undos: the syncs are undone already, or kept no rows`,
    "To undo an undo, name its key, undo-…, as its last line did",
  );
}

async function chooseNamed(path: string, key: string, files: readonly UndoFile[]): Promise<KeptBeside> {
  let leftRows: KeptBeside | undefined;
  let ofKey: KeptBeside | undefined;
  let damaged: unknown;
  for (const file of files) {
    // Others that are damaged do not stand in the way.
    const kept = await openKept(file).catch((error: unknown) => {
      damaged ??= error;
      return null;
    });
    if (kept?.undoes === key) {
      // Of a run in several parts each comes first that no undo went by yet.
      if (!kept.left) return kept;
      leftRows ??= kept;
    }
    if (kept?.key === key) ofKey = kept;
  }
  if (leftRows !== undefined) return leftRows;
  if (ofKey !== undefined) {
    const { undoes } = ofKey;
    throw notUndoable(
      `${key} is what ${undoes} kept, and no run that could be undone`,
      `To undo ${undoes}: ${undoCommand(undoes, ["--to", path])}`,
    );
  }
  if (damaged !== undefined) throw damaged;
  throw notUndoable(
    `Nothing is kept of ${key} in ${directoryOf(path)}: it is undone already, or never kept rows there, or they are no longer kept`,
  );
}

async function openKept(file: UndoFile): Promise<KeptBeside> {
  try {
    const source = await fileSource(file.path);
    const { source: from } = (await openArchive(source)).header;
    return { ...file, source, undoes: from?.name ?? file.key };
  } catch (error) {
    throw unreadable(file.path, error);
  }
}

const KEPT =
  "The last 10 syncs into a file can be undone, but for those with --no-undo; 1 GB is kept of them";

function notUndoable(message: string, hint = KEPT): FerryError {
  return new FerryError("NOT_UNDOABLE", message, { hint });
}
