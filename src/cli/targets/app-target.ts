import type { SyncAnswer } from "../../client/answers.ts";
import { countsOf } from "../../client/movement.ts";
import { recordsIn } from "../../sync/run/index.ts";
import { type App, wordsFor } from "../places/app.ts";
import { placeHost, placeName } from "../places/place.ts";
import type { World } from "../world.ts";
import { ifFound } from "./if-found.ts";
import type { DriveProgress, Target } from "./target.ts";
import { waitForLock } from "./wait-for-lock.ts";

/** The engine behind an app's routes. */
export function appTarget(app: App, world: Pick<World, "signal" | "now">): Target {
  const { client, url } = app;
  const place = { kind: "app", url } as const;
  const { signal } = world;
  return {
    kind: "app",
    name: placeName(place),
    host: placeHost(place),
    words: wordsFor(app),
    async drive(key, options, onProgress) {
      const sync = () =>
        client.sync(
          { syncKey: key, ...options },
          { onProgress: (one) => onProgress(progressIn(one.phase, one.progress)), signal },
        );
      const position = async () => {
        const status = await client.status(key, { signal });
        onProgress(progressIn(status.status, status.progress));
        return countsOf(status);
      };
      const answer = await waitForLock(sync, { key, world, position });
      const { version, results, unchanged, verified, verification = null, notes, undo = null } = answer;
      const status = answer.status === "planned" ? "planned" : "completed";
      const common = { status, version, plan: answer.plan ?? null, results, verified } as const;
      return { ...common, verification, notes, undo, ...(unchanged ? { unchanged } : {}) };
    },
    async confirmedPlan(key) {
      const { status, plan } = await client.status(key, { signal });
      return status === "applying" || status === "verifying" ? (plan ?? null) : null;
    },
    async handOver(key, options) {
      await client.sync({ syncKey: key, ...options, background: true }, { signal });
    },
    async *rows(key, { hash }) {
      const asked = { syncKey: key, ...(hash === undefined ? {} : { plan: hash }) };
      for (let cursor: string | undefined; ; ) {
        const page = await client.rows({ ...asked, ...(cursor === undefined ? {} : { cursor }) }, { signal });
        yield page.rows;
        // The same place again would be told for ever.
        if (page.cursor === undefined || page.cursor === cursor) return;
        cursor = page.cursor;
      }
    },
    async undoneBy(key) {
      return (await client.status(key, { signal })).undoneBy ?? null;
    },
    async completed(key) {
      const run = await client.status(key, { signal });
      const { status, version, results, unchanged, verified, verification = null, notes } = run;
      if (status !== "completed") return null;
      const undo = run.undo?.at(-1)?.key ?? null;
      const common = { status, version, plan: null, results, verified } as const;
      return { ...common, verification, notes, undo, ...(unchanged ? { unchanged } : {}) };
    },
    async drop(key, options) {
      // Gone already: by an earlier try whose answer was lost.
      const dropped = await ifFound(client.drop(key, options));
      const { leaves: rows = {}, undo = [] } = dropped ?? {};
      return Object.keys(rows).length === 0 ? null : { rows, undoable: undo.length > 0 };
    },
    async close() {},
  };
}

function progressIn(phase: string, progress: SyncAnswer["progress"]): DriveProgress {
  return { phase, records: recordsIn(phase, progress), ...progress };
}
