import { mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, describe, expect, inject, it } from "vitest";
import { stopAll } from "../../scripts/demo/processes.ts";
import { oneOf } from "../support/cases.ts";
import { type CliRun, spawnCli } from "../support/cli.ts";
import {
  completeHistory,
  expectEqualTables,
  expectNothingLeftOver,
  history,
} from "./support/expect-equal.ts";
import { type Production, startProduction } from "./support/production.ts";
import { type AppProxy, type Moment, startProxy } from "./support/proxy.ts";

const { folder, local } = inject("shared");

/** When it is killed: at this moment, or so many milliseconds after it. */
interface Death {
  moment: Moment;
  ms?: number;
}

/** One push through two proxies, which know at every moment how far it has come. */
interface Journey {
  production: Production;
  /** Runs the same command as before. `kill` aborted: it is killed. */
  push(kill?: AbortSignal): Promise<CliRun>;
  moments(): Moment[];
  close(): Promise<void>;
}

async function startJourney(onMoment: (moment: Moment) => void | Promise<void>): Promise<Journey> {
  const production = await startProduction();
  const proxies: [AppProxy, AppProxy] = [
    await startProxy(local.url, onMoment),
    await startProxy(production.url, onMoment),
  ];
  const [source, target] = proxies;
  const cwd = await mkdtemp(join(folder, "kill-"));
  const env = { LOCAL_API: source.url, PROD_API: target.url, FERRY_TOKEN: production.token };
  return {
    production,
    push: (kill) => spawnCli(["push", "--yes"], { cwd, env, ...(kill === undefined ? {} : { kill }) }),
    moments: () => [...source.moments, ...target.moments],
    async close() {
      for (const proxy of proxies) proxy.close();
      await production.server.stop();
    },
  };
}

/** Calls `act` once, when its time has come. */
function once({ moment, ms = 0 }: Death, act: () => void | Promise<void>) {
  let done = false;
  return async (reached: Moment): Promise<void> => {
    if (done || reached !== moment) return;
    done = true;
    if (ms === 0) return act();
    // The request goes on meanwhile: a moment that is waited for would hold it up.
    void sleep(ms).then(act);
  };
}

function expectWhole({ state }: Production): void {
  expectEqualTables(state);
  expect(history(state)).toEqual(completeHistory(1));
  expectNothingLeftOver(state);
}

const name = ({ moment, ms }: Death) => `with the ${moment}${ms === undefined ? "" : `, ${ms} ms later`}`;

type Victim = "command" | "app";

const DEATHS: Readonly<Record<Victim, readonly Death[]>> = {
  command: [
    { moment: "export sent", ms: 100 },
    { moment: "part half sent" },
    { moment: "complete sent" },
    { moment: "sync sent", ms: 500 },
  ],
  app: [
    { moment: "part half sent" },
    { moment: "complete sent" },
    { moment: "sync sent", ms: 300 },
    { moment: "sync sent", ms: 1200 },
  ],
};
const deathsOf = (victim: Victim) => oneOf(DEATHS[victim]).map((death) => [name(death), death] as const);

describe.concurrent("the command is killed", () => {
  it.each(deathsOf("command"))(
    "%s: the same command again ends with equal databases",
    async (_name, death) => {
      const kill = new AbortController();
      const journey = await startJourney(once(death, () => kill.abort()));
      try {
        const killed = await journey.push(kill.signal);
        expect(killed.code).toBeNull();
        expect(journey.moments()).toContain(death.moment);
        const again = await journey.push();
        expect(again.code, again.stderr.replaceAll("\n", " | ")).toBe(0);
        expectWhole(journey.production);
      } finally {
        await journey.close();
      }
    },
  );
});

describe.concurrent("the production app is killed", () => {
  it.each(deathsOf("app"))(
    "%s: after a restart the same command ends with equal databases",
    async (_name, death) => {
      const kill = new AbortController();
      const journey = await startJourney(
        once(death, async () => {
          await journey.production.server.kill();
          // Whoever watches an app die ends the command, too; the other test lets it go on by itself.
          kill.abort();
        }),
      );
      try {
        expect((await journey.push(kill.signal)).code).not.toBe(0);
        const restarted = await journey.production.restart();
        const again = await journey.push();
        expect(again.code, again.stderr.replaceAll("\n", " | ")).toBe(0);
        expectWhole(restarted);
        await restarted.server.stop();
      } finally {
        await journey.close();
      }
    },
  );

  it("and comes back while the command still tries: the command carries on and ends with equal databases", async () => {
    let restarted: Promise<Production> | undefined;
    const journey = await startJourney(
      once({ moment: "sync sent", ms: 500 }, async () => {
        await journey.production.server.kill();
        restarted = journey.production.restart();
      }),
    );
    try {
      const { code, stderr } = await journey.push();
      expect(restarted).toBeDefined();
      expect(code, stderr).toBe(0);
      expectWhole(journey.production);
    } finally {
      await journey.close();
      await (await restarted)?.server.stop();
    }
  });
});

afterAll(stopAll);
