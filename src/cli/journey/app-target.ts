import type { Plan } from "../../sync/types.ts";
import type { World } from "../dependencies.ts";
import type { App } from "../places/app.ts";
import { placeHost, placeName } from "../places/place.ts";
import { patiently } from "./patience.ts";
import type { Target } from "./target.ts";

/** The engine behind an app's routes: every step is one request. */
export function appTarget(app: App, world: Pick<World, "signal" | "now">): Target {
  const place = { kind: "app", url: app.url } as const;
  return {
    name: placeName(place),
    host: placeHost(place),
    async advance(key, options) {
      const answer = await patiently(key, world, () => app.sync(key, options));
      return {
        state: answer.status === "processing" ? "going" : answer.status,
        phase: answer.phase,
        version: answer.version,
        plan: (answer.plan as Plan | undefined) ?? null,
        results: answer.results,
        verified: answer.verified,
        progress: answer.progress,
        notes: answer.notes,
      };
    },
    drop: (key) => app.drop(key),
    async close() {},
  };
}
