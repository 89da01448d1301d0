import pRetry from "p-retry";
import { type ErrorCode, FerryError } from "../../errors.ts";
import { throwIfInterrupted } from "../interruption/interrupted.ts";
import type { App } from "../places/app.ts";
import type { World } from "../world.ts";

/** Milliseconds for a question that need not be answered. */
const ASK_MS = 5_000;

/** Asked again after 300 ms and after a second, in case the app is just restarting. */
const ASK_AGAIN = { retries: 2, minTimeout: 300, factor: 4, maxTimeout: 1_000 };

/** With these an export for the app would be made in vain. */
const IN_VAIN = new Set<ErrorCode>(["AUTHENTICATION_REQUIRED", "NOT_CONFIGURED", "UNREACHABLE"]);

/**
 * How large the frames should be that this app is to stage: it may run on a small plan. Undefined where it
 * does not say, or takes its time. Rejects where it is not there or refuses the credentials: better before
 * the export than after it.
 */
export async function askFrameSize(
  { client }: App,
  { signal }: Pick<World, "signal">,
): Promise<number | undefined> {
  const limited = AbortSignal.any([signal, AbortSignal.timeout(ASK_MS)]);
  try {
    const { frameBytes } = await pRetry(() => client.describe({ signal: limited }), {
      ...ASK_AGAIN,
      signal: limited,
      shouldRetry: ({ error }) => error instanceof FerryError && error.code === "UNREACHABLE",
    });
    return frameBytes;
  } catch (error) {
    throwIfInterrupted(signal);
    if (error instanceof FerryError && IN_VAIN.has(error.code)) throw error;
    return undefined;
  }
}
