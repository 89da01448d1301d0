import type { Bytes } from "../bytes.ts";
import { FerryError } from "../errors.ts";
import { placeOf } from "./address.ts";
import { unreachable } from "./failure.ts";

export interface ReadBodyOptions {
  /** Where the body comes from, for messages. */
  url: string;
  /** Milliseconds without a byte after which the connection counts as dead. */
  idle: number;
}

/** Bytes that have to come in `idle` milliseconds of waiting. No link that could be used is slower. */
const SLOWEST = 16 * 1024;

/** The body's bytes; a connection that breaks, falls silent or trickles is `UNREACHABLE`. */
export async function* readBody(
  response: Response,
  { url, idle }: ReadBodyOptions,
): AsyncGenerator<Bytes, void, void> {
  const reader = response.body?.getReader();
  if (reader === undefined) return;
  const tooSlow = paceOf(idle);
  try {
    for (;;) {
      const began = performance.now();
      const { done, value } = await within(idle, reader.read()).catch((error: unknown) => {
        throw isSilence(error) ? fellSilent(url, idle) : unreachable(url, error);
      });
      if (done) return;
      if (tooSlow(value.length, performance.now() - began)) throw trickles(url, idle);
      yield value as Bytes;
    }
  } finally {
    // Not waited for: a server that trickles may take its time with this, too.
    void reader.cancel().catch(() => undefined);
  }
}

/** Only the time waited for bytes counts: whoever reads them may take as long as it likes. */
function paceOf(idle: number): (bytes: number, waited: number) => boolean {
  let bytes = 0;
  let waited = 0;
  return (more, ms) => {
    bytes += more;
    waited += ms;
    if (waited < idle) return false;
    const slow = bytes < SLOWEST;
    bytes = 0;
    waited = 0;
    return slow;
  };
}

async function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(SILENCE), ms);
  });
  try {
    return await Promise.race([promise, silence]);
  } finally {
    clearTimeout(timer);
  }
}

const SILENCE = Symbol("silence");

function isSilence(error: unknown): boolean {
  return error === SILENCE;
}

const AGAIN = "What has arrived is kept where it can be gone on with. Run the same command again.";

function fellSilent(url: string, ms: number): FerryError {
  const seconds = Math.ceil(ms / 1000);
  return new FerryError("UNREACHABLE", `${placeOf(url)} fell silent: no byte in ${seconds} s`, {
    hint: AGAIN,
    transient: true,
  });
}

function trickles(url: string, ms: number): FerryError {
  const seconds = Math.ceil(ms / 1000);
  const message = `${placeOf(url)} sends less than ${SLOWEST / 1024} KiB in ${seconds} s`;
  return new FerryError("UNREACHABLE", message, { hint: AGAIN, transient: true });
}
