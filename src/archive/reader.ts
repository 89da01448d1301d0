import { FerryError } from "../errors.ts";
import { asciiJson } from "./ascii.ts";
import type { Gzip } from "./gzip.ts";
import { openParts } from "./parts.ts";
import { decodeUtf8 } from "./text.ts";
import type { ByteSource, DocumentHeader, FrameEntry } from "./types.ts";

export { isArchive } from "./ending.ts";
export { archiveToJson } from "./plain.ts";
export { parseRows } from "./rows.ts";

export interface Archive {
  header: DocumentHeader;
  /** In the order of the file. */
  frames: readonly FrameEntry[];
  /** A frame's text: its rows joined by ",\n". Rejects with `ARCHIVE_CORRUPT` when it is not what was written. */
  readFrame(entry: FrameEntry): Promise<string>;
  /** As `readFrame`, in the order asked for. Frames that follow each other share a read of up to `readBytes`. */
  readFrames(entries: readonly FrameEntry[], options?: ReadFramesOptions): AsyncIterable<FrameText>;
}

export interface FrameText {
  entry: FrameEntry;
  text: string;
  /** True when the text is known to have nothing else; not looked at unless asked for. */
  ascii: boolean;
}

export interface ReadFramesOptions {
  /** The same JSON in ASCII alone, where that is not much longer: see ascii.ts. @default false */
  ascii?: boolean;
}

export interface ArchiveOptions {
  /** @default platformGzip() */
  gzip?: Gzip;
  /** Bytes of the file that one read takes, unless a frame is larger. @default 4 MiB */
  readBytes?: number;
}

/**
 * Opens an archive: reads its end and its beginning, no frames. Rejects with `ARCHIVE_TRUNCATED`
 * when the end is missing, `ARCHIVE_CORRUPT` when something does not fit, `DOCUMENT_INVALID` when it
 * is no archive at all, `UNSUPPORTED` for a format of another version.
 */
export async function openArchive(source: ByteSource, options: ArchiveOptions = {}): Promise<Archive> {
  const { header, frames, readFrameBytes } = await openParts(source, options);

  async function* readFrames(entries: readonly FrameEntry[], { ascii = false }: ReadFramesOptions = {}) {
    for await (const { entry, bytes } of readFrameBytes(entries)) {
      const plain = ascii ? asciiJson(bytes) : null;
      yield { entry, text: decodeUtf8(plain ?? bytes), ascii: plain !== null };
    }
  }

  return {
    header,
    frames,
    readFrames,
    async readFrame(entry) {
      for await (const { text } of readFrames([entry])) return text;
      throw new FerryError("INTERNAL", "A frame was asked for and none came");
    },
  };
}
