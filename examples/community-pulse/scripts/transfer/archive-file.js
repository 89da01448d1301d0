import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * A download, kept in a file while it is uploaded, so that memory holds a part of it and never the whole.
 * Call `remove` when it has served.
 */
export async function saveArchive(download, onProgress) {
  const folder = await mkdtemp(join(tmpdir(), "community-pulse-"));
  const file = await open(join(folder, "export.json.gz"), "w+");
  async function remove() {
    await file.close();
    await rm(folder, { recursive: true, force: true });
  }
  try {
    let size = 0;
    for await (const chunk of download.stream) {
      await file.write(chunk);
      size += chunk.length;
      onProgress(size, download.size);
    }
    return { source: { size, read: (offset, length) => readRange(file, offset, length) }, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function readRange(file, offset, length) {
  const bytes = new Uint8Array(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await file.read(bytes, filled, length - filled, offset + filled);
    if (bytesRead === 0) throw new Error(`the downloaded file ended at byte ${offset + filled}`);
    filled += bytesRead;
  }
  return bytes;
}
