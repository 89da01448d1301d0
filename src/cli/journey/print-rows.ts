import { once } from "node:events";
import type { PlannedRow } from "../../sync/run/index.ts";
import { jsonLine } from "../printing/json.ts";
import { rowLine } from "../printing/rows.ts";
import type { Session } from "./session.ts";

/**
 * Prints rows to stdout, a line each, as fast as they are read there: as text, or each as JSON. Ends early where
 * nobody reads on (`d1-ferry plan --rows | head`).
 */
export async function printRows(
  pages: AsyncGenerator<PlannedRow[]>,
  { json }: { json: boolean },
  { world }: Pick<Session, "world">,
): Promise<void> {
  const { stdout, signal } = world;
  for await (const rows of pages) {
    const lines = rows.map((row) => `${json ? jsonLine(row) : rowLine(row)}\n`);
    if (lines.length === 0) continue;
    if (stdout.destroyed || stdout.errored) return;
    if (!stdout.write(lines.join(""))) {
      // A reader that went away drains nothing.
      const over = new AbortController();
      const either = AbortSignal.any([signal, over.signal]);
      await Promise.race([
        once(stdout, "drain", { signal: either }),
        once(stdout, "close", { signal: either }),
      ]).catch(() => undefined);
      over.abort();
    }
    signal.throwIfAborted();
  }
}
