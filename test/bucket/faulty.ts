import type { Bucket } from "../../src/bucket/port.ts";
import { FerryError } from "../../src/errors.ts";

export interface Faults {
  /** Called before each operation; what it throws is what the operation rejects with. */
  before?(operation: keyof Bucket, calls: number): void;
  /** Called after each operation has been done: the caller never hears of it. */
  after?(operation: keyof Bucket, calls: number): void;
  /** Bytes after which the body of the n-th get (from 1) breaks or ends; null lets it through. */
  cut?(gets: number): { at: number; how: "breaks" | "ends" } | null;
}

/** A bucket that fails as it is told; `calls` counts what reached it. */
export function faultyBucket(bucket: Bucket, faults: Faults): { bucket: Bucket; calls: Map<string, number> } {
  const calls = new Map<string, number>();
  const wrapped = Object.fromEntries(
    (Object.keys(bucket) as (keyof Bucket)[]).map((name) => [
      name,
      async (...parameters: never[]) => {
        const count = (calls.get(name) ?? 0) + 1;
        calls.set(name, count);
        faults.before?.(name, count);
        const result = await (bucket[name] as (...all: never[]) => Promise<unknown>)(...parameters);
        faults.after?.(name, count);
        const cut = name === "get" ? faults.cut?.(count) : null;
        if (!cut || result === null) return result;
        const object = result as { info: unknown; body: ReadableStream<Uint8Array> };
        return { ...object, body: cutStream(object.body, cut) };
      },
    ]),
  );
  return { bucket: wrapped as unknown as Bucket, calls };
}

export function transient(message = "the network broke"): FerryError {
  return new FerryError("BUCKET_ERROR", message, { transient: true });
}

function cutStream(
  body: ReadableStream<Uint8Array>,
  { at, how }: { at: number; how: "breaks" | "ends" },
): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  let left = at;
  return new ReadableStream(
    {
      async pull(controller) {
        const { done, value } = await reader.read();
        if (done) return controller.close();
        if (value.length <= left) {
          left -= value.length;
          return controller.enqueue(value);
        }
        if (left > 0) controller.enqueue(value.subarray(0, left));
        left = 0;
        await reader.cancel();
        if (how === "ends") controller.close();
        // What was handed out before is read before the error is seen.
        else setTimeout(() => controller.error(new Error("socket closed")), 5);
      },
      cancel: () => reader.cancel(),
    },
    { highWaterMark: 0 },
  );
}
