import type { Bytes } from "../bytes.ts";
import { FerryError } from "../errors.ts";
import { checkFrames, checkHeader } from "./shapes.ts";
import { type DocumentHeader, FORMAT, type FrameEntry } from "./types.ts";

/*
 * The document's text, cut as the archive's members are, one piece a line here (↵ is a newline):
 *
 *   {"format":"d1-ferry/1","version":3,…,"schema":[…],↵"data":{     the header
 *   "authors":[                                                     a separator
 *   {"id":1},↵{"id":2}                                              a frame: its rows joined by ",↵"
 *   ,↵                                                              a separator within a table
 *   {"id":3}                                                        a frame
 *   ],↵"posts":[                                                    a separator between tables
 *                                                                   a frame without rows
 *   ]                                                               the last separator
 *   },↵"frames":[{…},↵{…}]}↵                                        the tail
 */

const HEADER_END = ',\n"data":{';
const TAIL_START = '},\n"frames":[';
const TAIL_END = "]}\n";

export function headerText({ version, exportedAt, source, schema }: DocumentHeader): string {
  const members = JSON.stringify({ format: FORMAT, version, exportedAt, source, schema });
  return members.slice(0, -1) + HEADER_END;
}

/** Where the text stands before a frame; null before the first. */
export interface OpenTable {
  table: string;
  hasRows: boolean;
}

/** The separator before `frame`. A frame without rows needs none within its table. */
export function separatorBefore(open: OpenTable | null, frame: Pick<FrameEntry, "table" | "rows">): string {
  if (open?.table === frame.table) return open.hasRows && frame.rows > 0 ? ",\n" : "";
  return `${open === null ? "" : "],\n"}${JSON.stringify(frame.table)}:[`;
}

export function openAfter(open: OpenTable | null, frame: Pick<FrameEntry, "table" | "rows">): OpenTable {
  const hadRows = open?.table === frame.table && open.hasRows;
  return { table: frame.table, hasRows: hadRows || frame.rows > 0 };
}

export function lastSeparator(open: OpenTable | null): string {
  return open === null ? "" : "]";
}

export function tailText(frames: readonly FrameEntry[]): string {
  return TAIL_START + frames.map((entry) => JSON.stringify(entry)).join(",\n") + TAIL_END;
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
  const { version, exportedAt, source, schema } = checked.value;
  return { version, exportedAt, source, schema };
}

/** Rejects with `ARCHIVE_CORRUPT`. */
export function parseTail(text: string): FrameEntry[] {
  if (!text.startsWith(TAIL_START) || !text.endsWith(TAIL_END)) {
    throw corrupt("The index does not stand where it should");
  }
  const checked = checkFrames(parse(text.slice(TAIL_START.length - 1, -TAIL_END.length + 1), "index"));
  if ("problem" in checked) throw corrupt(`The index is not of its shape: ${checked.problem}`);
  return checked.value;
}

function parse(text: string, what: string): unknown {
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
