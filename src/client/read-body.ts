import type { Bytes } from "../bytes.ts";
import { unreachable } from "./failure.ts";

export interface ReadBodyOptions {
  /** Where the body comes from, for messages. */
  url: string;
  /** Milliseconds without a byte after which the connection counts as dead. */
  idle: number;
}

/** The body's bytes; a connection that breaks or falls silent is `UNREACHABLE`. */
export async function* readBody(
  response: Response,
  { url, idle }: ReadBodyOptions,
): AsyncGenerator<Bytes, void, void> {
  const reader = response.body?.getReader();
  if (reader === undefined) return;
  try {
    for (;;) {
      const { done, value } = await within(idle, reader.read()).catch((error: unknown) => {
        throw unreachable(url, error);
      });
      if (done) return;
      yield value as Bytes;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

async function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new DOMException("No bytes came", "TimeoutError")), ms);
  });
  try {
    return await Promise.race([promise, silence]);
  } finally {
    clearTimeout(timer);
  }
}
