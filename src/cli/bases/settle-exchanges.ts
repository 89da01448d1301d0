import { FerryError } from "../../errors.ts";
import { ifFound } from "../targets/if-found.ts";
import type { Target } from "../targets/target.ts";
import type { BaseFile } from "./base-file.ts";
import type { Exchange } from "./exchange-log.ts";
import { exchangedWithFile } from "./exchanged-with-file.ts";
import { settleUndos } from "./undone-exchanges.ts";

export interface SettleOptions {
  /** The target of this name; null where it cannot be asked. */
  ask(name: string): Target | null;
  /** The path of the SQLite file of this name; null for another place. */
  file(name: string): string | null;
  /** The number of this command's own exchange. */
  own: number | undefined;
  /** Waits a moment for a run that is being applied. */
  pause(): Promise<unknown>;
}

/** How often: a request that a killed command has left takes as long as one at the most. */
const PAUSES = 10;

/**
 * What came of exchanges that other commands left pending: those whose runs were applied are done, those whose runs were
 * not come to nothing, and of the others nobody knows. Rejects where one of them is being applied for long.
 */
export async function settleExchanges(
  base: BaseFile,
  { ask, file, own, pause }: SettleOptions,
): Promise<void> {
  await settleUndos(base, file);
  const aside = base.exchanges.pending().filter(({ state }) => state === "aside");
  for (const { n } of aside.slice(0, -MOST_ASIDE)) base.takeBack(n);
  for (const { n, run, state, target: name } of base.exchanges.pending()) {
    if (n === own) continue;
    const path = file(name);
    const became =
      run === null
        ? "nothing"
        : path === null
          ? await whatBecameAtLast(ask(name), { run, state, pause })
          : await exchangedWithFile(base, n, path);
    const mayStillBe = state !== "pending" && (became === "nothing" || became === "nobody knows");
    if (became === "done") {
      if (state === "aside") base.bringBack(n);
      base.done(n, run);
    } else if (mayStillBe) {
      if (state === "waiting") base.setAside(n);
    } else if (became === "nothing" || became === "gone") base.takeBack(n, { staysEmpty: true });
    else if (became === "nobody knows") base.doubt(n);
    else
      throw new FerryError(
        "RUN_LOCKED",
        `${run} of an earlier push or pull is still being applied at ${name}`,
        {
          hint: "Wait until it has ended: d1-ferry status KEY shows how far it is.",
          details: { syncKey: run },
        },
      );
  }
}

async function whatBecameAtLast(
  target: Target | null,
  { pause, ...pending }: { run: string; state: Exchange["state"] } & Pick<SettleOptions, "pause">,
): Promise<Became> {
  try {
    let became = await whatBecameOf(target, pending);
    for (let pauses = 0; became === "under way" && pauses < PAUSES; pauses++) {
      await pause();
      became = await whatBecameOf(target, pending);
    }
    return became;
  } catch (error) {
    // Begun with another token, it is told to that one alone.
    if (error instanceof FerryError && error.code === "FORBIDDEN") return "nobody knows";
    throw error;
  }
}

/** Plans that were kept and not applied yet, of which a command asks whether they were. */
const MOST_ASIDE = 3;

/** "gone": a plan that waited, and that the target no longer knows. It was dropped, as a rule, and never applied. */
type Became = "done" | "under way" | "nothing" | "gone" | "nobody knows";

async function whatBecameOf(
  target: Target | null,
  { run, state }: { run: string; state: Exchange["state"] },
): Promise<Became> {
  if (target === null) return "nobody knows";
  const completed = await ifFound(target.completed(run));
  if (completed !== undefined && completed !== null) return "done";
  const plan = completed === undefined ? undefined : await ifFound(target.confirmedPlan(run));
  if (plan === undefined) return state === "pending" ? "nobody knows" : "gone";
  return plan === null ? "nothing" : "under way";
}
