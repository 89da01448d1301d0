export interface Answered {
  status: "completed" | "processing";
  goTo: string;
  message?: string;
  progress?: { done: number; of: number | null };
}

/** What the server said no to, or why it was not reached. */
export class Refused extends Error {
  readonly hint: string | undefined;
  readonly code: string | undefined;

  constructor(message: string, told: { hint?: string; code?: string } = {}) {
    super(message);
    this.hint = told.hint;
    this.code = told.code;
  }
}

/** Milliseconds between tries where the connection is lost or somebody else is at work, the first and the longest. */
const WAITS = { first: 1000, longest: 15_000 };

/** Tries before it is given up: about five minutes. */
const TRIES = 25;

/**
 * Sends a form and answers what it came to. Where nobody answers it tries again, which does no harm: a form does nothing
 * twice. `onWait` is told why it waits.
 */
export async function sendForm(
  url: string,
  form: URLSearchParams,
  onWait: (says: string) => void,
): Promise<Answered> {
  return retrying(async () => {
    const response = await fetch(url, {
      method: "POST",
      body: form,
      headers: { accept: "application/json" },
    });
    return readAnswer<Answered>(response);
  }, onWait);
}

/** The JSON of an answer; rejects with `Refused` for an error, and with others where it makes sense to try again. */
export async function readAnswer<T>(response: Response): Promise<T> {
  const body = (await response.json().catch(() => null)) as
    | (T & { error?: string; hint?: string; code?: string })
    | null;
  if (response.ok && body !== null) return body;
  const passes = response.status === 503 || response.status >= 520 || body?.code === "RUN_LOCKED";
  if (passes || (body === null && response.status >= 500))
    throw new Error(body?.error ?? `The app answered ${response.status}`);
  throw new Refused(body?.error ?? `The app answered ${response.status}`, {
    ...(body?.hint === undefined ? {} : { hint: body.hint }),
    ...(body?.code === undefined ? {} : { code: body.code }),
  });
}

/** Does it until it is done, refused or called off. */
export async function retrying<T>(
  work: () => Promise<T>,
  onWait: (says: string) => void,
  signal?: AbortSignal,
): Promise<T> {
  for (let tried = 1; ; tried++) {
    try {
      return await work();
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof Refused || tried >= TRIES) throw error;
      const isLost = error instanceof TypeError || error instanceof DOMException;
      onWait(`${isLost ? "The connection is lost" : (error as Error).message}. Trying again …`);
      await wait(Math.min(WAITS.longest, WAITS.first * 2 ** (tried - 1)), signal);
      signal?.throwIfAborted();
    }
  }
}

/** For so long, or until the machine is on the network again, or it is called off. */
function wait(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    addEventListener("online", done, { once: true });
    signal?.addEventListener("abort", done, { once: true });
    function done(): void {
      clearTimeout(timer);
      removeEventListener("online", done);
      signal?.removeEventListener("abort", done);
      resolve();
    }
  });
}
