import { FerryError } from "../errors.ts";
import { JsonCursor } from "./cursor.ts";
import { OPEN_ARRAY } from "./letters.ts";
import { addTable, memberNames } from "./members.ts";
import { openText } from "./open-text.ts";
import { type Checked, checkFrames, checkKind, checkSchema, checkSource } from "./shapes.ts";
import type { ArchiveKind, ByteSource, DocumentHeader, FrameEntry, SchemaObject } from "./types.ts";

/**
 * What a document says beside its rows. Anybody may have written it, or changed the rows since:
 * `schema` and `frames` are hearsay, and left out where they are not of their shape.
 */
export interface DocumentOutline {
  format?: string;
  kind?: ArchiveKind;
  version?: number;
  operation?: string;
  /** Milliseconds since 1970. */
  exportedAt?: number;
  source?: DocumentHeader["source"];
  schema?: SchemaObject[];
  /** As they were in the archive that the document came from. Offsets are that file's. */
  frames?: FrameEntry[];
  /** The names in `data`, in their order. */
  tables: string[];
}

/**
 * Reads what stands before and behind the rows of a document, which it passes over, in bounded
 * memory. Rejects with `DOCUMENT_INVALID` or `ARCHIVE_TRUNCATED` and the byte. The rows themselves
 * are not checked.
 */
export async function readDocumentOutline(source: ByteSource): Promise<DocumentOutline> {
  const cursor = new JsonCursor(openText(source, 0), 0);
  const outline: DocumentOutline = { tables: [] };
  try {
    await cursor.skipMark();
    for await (const name of memberNames(cursor, "in the document")) {
      if (name === "data") await readTableNames(cursor, outline.tables);
      else if (Object.hasOwn(MEMBERS, name)) await readMember(cursor, name as MemberName, outline);
      else await cursor.checkValue(JSON.stringify(name));
    }
    await cursor.takeEnd();
  } finally {
    await cursor.window.close();
  }
  return outline;
}

type MemberName = Exclude<keyof DocumentOutline, "tables">;

/** How each member is read; null for one that counts as absent. */
const MEMBERS: { [Name in MemberName]: (value: unknown) => DocumentOutline[Name] | null } = {
  format: textOrNull,
  kind: (value) => valueOrNull(checkKind(value)),
  version: readVersion,
  operation: textOrNull,
  exportedAt: (value) => (Number.isSafeInteger(value) ? (value as number) : null),
  source: (value) => valueOrNull(checkSource(value)),
  schema: (value) => valueOrNull(checkSchema(value)),
  frames: (value) => valueOrNull(checkFrames(value)),
};

async function readMember(cursor: JsonCursor, name: MemberName, outline: DocumentOutline): Promise<void> {
  const value = MEMBERS[name](await cursor.takeValue(JSON.stringify(name)));
  if (value !== null) Object.assign(outline, { [name]: value });
}

async function readTableNames(cursor: JsonCursor, tables: string[]): Promise<void> {
  for await (const table of memberNames(cursor, 'in "data"')) {
    if ((await cursor.peek()) !== OPEN_ARRAY) {
      throw await cursor.unexpected(`the rows of ${JSON.stringify(table)}, an array`);
    }
    await cursor.skipValue(`the rows of ${JSON.stringify(table)}`);
    addTable(cursor, tables, table);
  }
}

function textOrNull(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

function valueOrNull<T>(checked: Checked<T>): T | null {
  return "value" in checked ? checked.value : null;
}

function readVersion(value: unknown): number | null {
  if (value === null || Number.isSafeInteger(value)) return value as number | null;
  // An object may be nested deeper than it could be printed.
  const found = typeof value === "object" ? "no number" : JSON.stringify(value);
  throw new FerryError("DOCUMENT_INVALID", `"version" is ${found}, not an integer`, {
    hint: "Leave it out, or count up from 1.",
  });
}
