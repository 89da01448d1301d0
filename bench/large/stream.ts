import { EXPORT_PART_BYTES } from "../../src/bucket/object-writer.ts";
import { memoryOf } from "../measure/process-tree.ts";
import type { RunningWorker } from "../worker/start.ts";

/**
 * What the local R2 takes by itself: the Worker hands an object of about so many bytes on, in one
 * answer. Resolves to its process at its largest, bytes; null where there is no /proc.
 */
export async function streamAlone({ url, pid }: RunningWorker, bytes: number): Promise<number | null> {
  const parts = Math.ceil(bytes / EXPORT_PART_BYTES);
  const written = await fetch(`${url}/floor/put-parts?parts=${parts}`, { method: "POST" });
  if (!written.ok) throw new Error(`The object could not be written: ${await written.text()}`);
  const { body } = await fetch(`${url}/floor/stream`);
  let received = 0;
  for await (const chunk of body as ReadableStream<Uint8Array>) received += chunk.byteLength;
  if (received !== parts * EXPORT_PART_BYTES) throw new Error(`Only ${received} bytes of the object came`);
  return pid === null ? null : (memoryOf(pid)?.peak ?? null);
}
