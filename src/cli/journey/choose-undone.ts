import { HISTORY_LIMIT } from "../../api/requests.ts";
import type { HistoryAnswer, StatusAnswer } from "../../client/answers.ts";
import { FerryError } from "../../errors.ts";
import { moment } from "../../numbers.ts";
import type { App } from "../places/app.ts";
import { placeName } from "../places/place.ts";
import type { JourneyStore } from "../workspace/journey-record.ts";
import type { Session } from "./session.ts";

/** A run that is to be undone, and by which undo. */
export interface ChosenRun {
  status: StatusAnswer["status"];
  /** The undo's own key. */
  undo: string;
  /** Undos that the run has, this one among them. */
  parts: number;
}

/** The run of this key. Rejects with the reason why it cannot be undone. */
export async function chooseUndone({ client }: App, key: string, signal: AbortSignal): Promise<ChosenRun> {
  const status = await client.status(key, { signal });
  const [...kept] = status.undo ?? [];
  const newest = kept.at(-1);
  if (newest !== undefined) return { status, undo: newest.key, parts: kept.length };
  // The app knows why not; where it finds an undo after all, this plans it.
  const { syncKey: undo } = await client.undo({ syncKey: key, dryRun: true }, { signal });
  return { status, undo, parts: 1 };
}

/**
 * The undo that an earlier command of the same words has begun to apply, and of which it did not hear whether it was done;
 * null where there is none, or where a run has been completed since, which is then the newest.
 */
export async function chooseBegun(
  app: App,
  { record: { runKey: undo, undoes, startedAt } }: Pick<JourneyStore, "record">,
  { world: { signal }, printer }: Pick<Session, "world" | "printer">,
): Promise<ChosenRun | null> {
  if (undo === undefined || undoes === undefined) return null;
  const { runs = [] } = await app.client.runs({ limit: HISTORY_LIMIT }, { signal });
  const newest = runs.find((run) => run.key === undo || run.key === undoes || mayBeUndone(run));
  if (newest?.key !== undo && newest?.key !== undoes) return null;
  printer.line(`Resuming the undo that was begun at ${moment(startedAt)}`);
  return { status: await app.client.status(undoes, { signal }), undo, parts: 1 };
}

/** The newest completed run that has something to undo; undos, and what they undid, are passed over. */
export async function chooseNewest(app: App, signal: AbortSignal): Promise<ChosenRun> {
  const { runs = [] } = await app.client.runs({ limit: HISTORY_LIMIT }, { signal });
  for (const { key } of runs.filter(mayBeUndone)) {
    const status = await app.client.status(key, { signal });
    const newest = status.undo?.at(-1);
    if (newest !== undefined) return { status, undo: newest.key, parts: status.undo?.length ?? 1 };
  }
  throw new FerryError(
    "NOT_UNDOABLE",
    `${placeName({ kind: "app", url: app.url })} remembers no completed run that could be undone`,
    { hint: "d1-ferry history shows the runs; name one to hear why it cannot" },
  );
}

function mayBeUndone({ phase, undoes, results }: NonNullable<HistoryAnswer["runs"]>[number]): boolean {
  const changed = Object.values(results ?? {}).some((one) => one.inserted + one.updated + one.deleted > 0);
  return phase === "completed" && undoes === null && changed;
}
