import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { Readable } from "node:stream";
import type { ByteSource } from "../../archive/types.ts";
import { FerryError } from "../../errors.ts";

/** A file on disk as bytes that can be read by range. Each read opens and closes the file itself. */
export async function fileSource(path: string): Promise<ByteSource> {
  const file = await open(path, "r");
  const { size } = await file.stat().finally(() => file.close());
  return {
    size,
    async read(offset, length) {
      const handle = await open(path, "r");
      try {
        const bytes = new Uint8Array(length);
        let filled = 0;
        while (filled < length) {
          const { bytesRead } = await handle.read(bytes, filled, length - filled, offset + filled);
          if (bytesRead === 0) {
            throw new FerryError(
              "ARCHIVE_TRUNCATED",
              `The file ends at byte ${offset + filled}, ${length - filled} bytes too early`,
              { details: { byte: offset + filled } },
            );
          }
          filled += bytesRead;
        }
        return bytes;
      } finally {
        await handle.close();
      }
    },
    async stream(offset) {
      return Readable.toWeb(createReadStream(path, { start: offset })) as ReadableStream<Uint8Array>;
    },
  };
}
