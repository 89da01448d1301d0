import { beforeAll, describe, expect, it } from "vitest";
import { ALL_CASES, SEED, someOf } from "../support/cases.ts";
import {
  BODY_KIND,
  type Fault,
  HTTP_KINDS,
  type Injector,
  injectOnce,
  type Kind,
  STORE_KINDS,
} from "./support/injector.ts";
import { type Baseline, baselineOf, type Ground, type Route, walkCase } from "./support/walk.ts";

export interface WalkOptions {
  /** Every n-th call only, unless all are asked for. */
  every: number;
  /** Cases that the walk has at least. */
  atLeast: number;
}

const APPS = ["source", "target"] as const;

/** Every call of a push is where it goes wrong once, in every way. */
export function describePushWalk(name: string, ground: Ground, route: Route, options: WalkOptions): void {
  const { atLeast } = options;
  const every = ALL_CASES ? 1 : options.every;
  describe(`A push ${name}`, () => {
    let baseline: Baseline;
    let cases = 0;
    let walks = 0;
    beforeAll(async () => {
      baseline = await baselineOf(ground, route);
    });

    const walk = async (place: Pick<Fault, "app" | "layer" | "kind">) => {
      const within = `${place.app} ${place.layer}`;
      const calls = baseline.calls
        .filter((call) => call.startsWith(within))
        .flatMap((name, i) => (place.kind !== BODY_KIND || name.endsWith("get") ? [i + 1] : []));
      expect(calls.length).toBeGreaterThan(0);
      // Another first call for each way it goes wrong, so that no call is left out of all of them.
      for (let i = (SEED + walks++) % Math.min(every, calls.length); i < calls.length; i += every) {
        const call = calls[i] as number;
        const injector = injectOnce({ ...place, call });
        const { drivers } = await walkCase(ground, route, injector, baseline).catch((error) => {
          throw told(error, injector);
        });
        cases++;
        expect(injector.hits, `call ${call}`).toHaveLength(1);
        // What one try gets past, the driver gets past by itself.
        if (!place.kind.startsWith("driver")) expect(drivers, injector.hits[0]).toBe(1);
      }
    };

    for (const app of APPS) {
      if (route.fromArchive && app === "source") continue;
      for (const kind of STORE_KINDS) {
        it(`whose ${app}'s database call ${kind}`, () => walk({ app, layer: "database", kind }));
        it(`whose ${app}'s bucket call ${kind}`, () => walk({ app, layer: "bucket", kind }));
      }
      it(`whose ${app}'s bucket's ${BODY_KIND}`, () => walk({ app, layer: "bucket", kind: BODY_KIND }));
      for (const kind of someOf(HTTP_KINDS)) {
        it(`whose request to the ${app}: ${kind}`, () => walk({ app, layer: "http", kind: kind as Kind }));
      }
    }

    it("was walked in many cases", () => {
      expect(cases).toBeGreaterThanOrEqual(atLeast);
    });
  });
}

/** The error, with what had happened before it. */
function told(error: unknown, { hits, calls }: Injector): Error {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return new Error(`${hits.join("; ") || "nothing happened"} in ${calls.join(", ")}\n${text}`, {
    cause: error,
  });
}
