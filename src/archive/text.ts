import type { Bytes } from "../bytes.ts";
import { FerryError } from "../errors.ts";
import { hasTooManyValues, MAX_VALUES } from "./limits.ts";
import { checkFrames, checkHeader, checkTail } from "./shapes.ts";
import type { Tail } from "./tail.ts";
import { type DocumentHeader, FORMAT, type FrameEntry } from "./types.ts";

/*
 * The document's text, cut as the archive's members are, one piece a line here (↵ is a newline):
 *
 *   {"format":"d1-ferry/1","version":3,…,"schema":[…],↵"data":{     the header
 *   "authors":[                                                     a separator
 *   {"id":1},↵{"id":2}                                              a frame: its lines joined by ",↵"
 *   ,↵                                                              a separator within a table
 *   {"id":3}                                                        a frame
 *   ],↵"posts":[                                                    a separator between tables
 *                                                                   a frame without rows
 *   ]                                                               the last separator
 *   },↵"frames":[{…},↵{…}                                           a page of the index
 *   ,↵{…},↵{…}                                                      another page
 *   ],↵"tables":[…],"moment":{…},"pages":[…]}↵                      the tail
 */

const HEADER_END = ',\n"data":{';
/** Stands between two rows, and between two entries of the index. */
export const BETWEEN_LINES = ",\n";
const INDEX_START = '},\n"frames":[';
const INDEX_END = "],\n";
const TAIL_END = "}\n";

export function headerText({
  kind = "full",
  version,
  exportedAt,
  source,
  schema,
  merged,
}: DocumentHeader): string {
  const members = JSON.stringify({ format: FORMAT, kind, version, exportedAt, source, schema, merged });
  return members.slice(0, -1) + HEADER_END;
}

/** Where the text stands before a frame; null before the first. */
export interface OpenTable {
  table: string;
  /** Whether a line of it stands there already. */
  hasLines: boolean;
}

/** The separator before `frame`. A frame without lines needs none within its table. */
export function separatorBefore(
  open: OpenTable | null,
  frame: Pick<FrameEntry, "table" | "textBytes">,
): string {
  if (open?.table === frame.table) return open.hasLines && frame.textBytes > 0 ? BETWEEN_LINES : "";
  return `${open === null ? "" : "],\n"}${JSON.stringify(frame.table)}:[`;
}

export function openAfter(open: OpenTable | null, frame: Pick<FrameEntry, "table" | "textBytes">): OpenTable {
  const hadLines = open?.table === frame.table && open.hasLines;
  return { table: frame.table, hasLines: hadLines || frame.textBytes > 0 };
}

export function lastSeparator(open: OpenTable | null): string {
  return open === null ? "" : "]";
}

/** A page of the index: some frames' entries, a line each. `first` begins the index. */
export function pageText(entries: readonly FrameEntry[], { first }: { first: boolean }): string {
  const lines = entries.map((entry) => JSON.stringify(entry)).join(BETWEEN_LINES);
  return (first ? INDEX_START : BETWEEN_LINES) + lines;
}

export function tailText({ tables, moment, pages }: Tail): string {
  const members = JSON.stringify({ tables, moment, pages });
  // An index without pages has nothing else to begin it.
  return `${(pages.length === 0 ? INDEX_START : "") + INDEX_END + members.slice(1)}\n`;
}

/** Rejects with `ARCHIVE_CORRUPT`, and with `UNSUPPORTED` for a format that is not ours. */
export function parseHeader(text: string): DocumentHeader {
  if (!text.endsWith(HEADER_END)) throw corrupt("The header does not end where the rows begin");
  const value = parse(`${text.slice(0, -HEADER_END.length)}}`, "header") as { format?: unknown };
  if (value.format !== FORMAT) {
    throw new FerryError("UNSUPPORTED", `The archive's format is ${JSON.stringify(value.format)}`, {
      hint: `This d1-ferry reads ${FORMAT}. Use the version that wrote the archive.`,
    });
  }
  const checked = checkHeader(value);
  if ("problem" in checked) throw corrupt(`The header is not of its shape: ${checked.problem}`);
  const { kind = "full", version, exportedAt, source, schema, merged } = checked.value;
  return { kind, version, exportedAt, source, schema, ...(merged === undefined ? {} : { merged }) };
}

/** Rejects with `ARCHIVE_CORRUPT`. */
export function parsePage(text: string, { first }: { first: boolean }): FrameEntry[] {
  const start = first ? INDEX_START : BETWEEN_LINES;
  if (!text.startsWith(start)) throw corrupt("A page of the index does not stand where it should");
  const checked = checkFrames(parse(`[${text.slice(start.length)}]`, "index"));
  if ("problem" in checked) throw corrupt(`The index is not of its shape: ${checked.problem}`);
  return checked.value;
}

/** Rejects with `ARCHIVE_CORRUPT`. */
export function parseTail(text: string): Tail {
  const bare = text.startsWith(INDEX_START);
  const start = (bare ? INDEX_START : "") + INDEX_END;
  if (!text.startsWith(start) || !text.endsWith(TAIL_END))
    throw corrupt("The tail does not stand where it should");
  const checked = checkTail(parse(`{${text.slice(start.length)}`, "tail"));
  if ("problem" in checked) throw corrupt(`The tail is not of its shape: ${checked.problem}`);
  if (bare !== (checked.value.pages.length === 0)) throw corrupt("The tail does not fit the index");
  return checked.value;
}

function parse(text: string, what: string): unknown {
  if (hasTooManyValues(text)) throw corrupt(`The ${what} holds more than ${MAX_VALUES} values`);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw corrupt(`The ${what} is not JSON`, cause);
  }
}

/** The file is whole, and is not what was written. */
export function corrupt(message: string, cause?: unknown): FerryError {
  return new FerryError("ARCHIVE_CORRUPT", message, {
    hint: "The file was damaged or changed after it was written. Copy it again, or export again.",
    cause,
  });
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Rejects with `ARCHIVE_CORRUPT`. */
export function decodeUtf8(bytes: Bytes): string {
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    throw corrupt("A piece of the archive is not UTF-8", cause);
  }
}
