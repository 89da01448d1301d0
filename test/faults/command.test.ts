import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Readable, Writable } from "node:stream";
import { describe, expect, it, vi } from "vitest";
import { runCommandLine } from "../../src/cli/program/run-command-line.ts";
import { createClient } from "../../src/client/client.ts";
import { sqliteDatabase } from "../../src/database/node-sqlite.ts";
import { oneOf, partOf, somePoints } from "../support/cases.ts";
import { STAYS } from "../support/cli.ts";
import { dumpTables } from "../support/dump.ts";
import { type FastClock, installFastClock } from "./support/clock.ts";
import { HTTP_KINDS, type Injector, injectOnce } from "./support/injector.ts";
import type { Stores } from "./support/isolate.ts";
import { ADDRESSES, connectApps, DriverDied, type Network } from "./support/network.ts";
import { nodeGround } from "./support/node-ground.ts";
import { archiveBytes, expectWhole, fillSource, fillTarget } from "./support/scene.ts";
import { baselineOf } from "./support/walk.ts";

const ground = nodeGround();
const DEATHS = HTTP_KINDS.filter((kind) => kind.startsWith("driver dies"));
/** What a push comes to where nothing goes wrong. */
const PUSHED = await baselineOf(ground, {});

interface Scene {
  cwd: string;
  apps: Record<"source" | "target", Stores>;
  clock: FastClock;
  /** Runs a command in this process, asking the apps through `network`. */
  run(args: readonly string[], network: Network): Promise<{ code: number; stderr: string }>;
}

async function withScene(act: (scene: Scene) => Promise<void>): Promise<void> {
  const clock = installFastClock();
  const cwd = mkdtempSync(join(tmpdir(), "ferry-command-"));
  try {
    const apps = { source: await ground.stores("source"), target: await ground.stores("target") };
    await fillSource(apps.source.database);
    await fillTarget(apps.target.database);
    const run: Scene["run"] = async (args, network) => {
      let stderr = "";
      const sink = () =>
        new Writable({
          write(chunk, _encoding, done) {
            stderr += chunk;
            done();
          },
        });
      const code = await runCommandLine(args, {
        env: { LOCAL_API: ADDRESSES.source, PROD_API: ADDRESSES.target },
        cwd,
        stdin: Readable.from([]),
        stdout: sink(),
        stderr: sink(),
        fetch: network.fetch,
        now: Date.now,
        signal: new AbortController().signal,
      });
      return { code, stderr };
    };
    await act({ cwd, apps, clock, run });
  } finally {
    clock.restore();
    await ground.clear?.();
    await rm(cwd, { recursive: true, force: true });
  }
}

/** Kills the command at each of its requests, runs it again, and looks at what is there then. */
async function walk(
  args: readonly string[],
  kind: (typeof DEATHS)[number],
  finished: (scene: Scene, injector: Injector) => Promise<void>,
  prepare: (scene: Scene) => Promise<void> = async () => {},
): Promise<void> {
  let deaths = 0;
  for (const app of ["source", "target"] as const) {
    for (const call of somePoints(1)) {
      let reached = false;
      await withScene(async (scene) => {
        await prepare(scene);
        const injector = injectOnce({ app, layer: "http", kind, call });
        const network = connectApps(scene.apps, injector);
        const first = scene.run(args, network);
        const ended = await Promise.race([first, network.death]).catch((error: unknown) => error);
        reached = injector.hits.length > 0;
        if (reached) {
          deaths++;
          expect(ended).toBeInstanceOf(DriverDied);
          endLocks(scene.cwd);
          scene.clock.advance(31_000);
          const again = await scene.run(args, connectApps(scene.apps, injector));
          expect(again.code, `${injector.hits[0]}: ${again.stderr}`).toBe(0);
        } else {
          expect(ended).toMatchObject({ code: 0 });
        }
        await finished(scene, injector);
        const kept = join(scene.cwd, ".d1-ferry");
        const left = existsSync(kept) ? readdirSync(kept).filter((name) => !STAYS.includes(name)) : [];
        expect(left, injector.hits[0]).toEqual([]);
      });
      if (!reached) break;
    }
  }
  expect(deaths).toBeGreaterThan(partOf(1));
}

/** As the operating system does with a process that died; this one lives on. */
function endLocks(cwd: string): void {
  for (const name of readdirSync(cwd, { recursive: true, encoding: "utf8" })) {
    if (name.endsWith(".lock")) rmSync(join(cwd, name));
  }
}

async function rowsOf(file: string) {
  const sqlite = new DatabaseSync(file);
  const dump = await dumpTables(sqliteDatabase(sqlite));
  sqlite.close();
  return dump;
}

const counted = ({ calls }: Injector, call: string) => calls.filter((one) => one === call).length;

describe("A command that is killed at a request, and run again", () => {
  it.each([
    ...DEATHS.map((kind) => ["push", kind] as const),
    ...oneOf(DEATHS).map((kind) => ["push --full", kind] as const),
  ])("%s: %s", async (command, kind) => {
    await walk([...command.split(" "), "--yes"], kind, async ({ apps }, injector) => {
      await expectWhole(apps, { ...PUSHED, version: 1 });
      // Each of them once, or once more where it was the one that died.
      for (const request of ["source http export", "target http start", "target http PUT"]) {
        expect(counted(injector, request), injector.hits[0]).toBeLessThanOrEqual(2);
      }
    });
  });

  it.each(DEATHS)("pull into a file: %s", async (kind) => {
    await walk(
      ["pull", "--from", ADDRESSES.source, "--to", "copy.sqlite", "--yes"],
      kind,
      async ({ apps, cwd }) => {
        expect(await rowsOf(join(cwd, "copy.sqlite"))).toEqual(await dumpTables(apps.source.database));
      },
    );
  });

  it.each(DEATHS)("export of an app to a file: %s", async (kind) => {
    await walk(["export", ADDRESSES.source, "-o", "out.json.gz"], kind, async (scene) => {
      expect(readdirSync(scene.cwd)).toEqual([".d1-ferry", "out.json.gz"]);
      const { code } = await scene.run(
        ["import", "out.json.gz", "--to", "copy.sqlite", "--yes"],
        connectApps(scene.apps, injectOnce(null)),
      );
      expect(code).toBe(0);
      expect(await rowsOf(join(scene.cwd, "copy.sqlite"))).toEqual(
        await dumpTables(scene.apps.source.database),
      );
    });
  });

  it.each(DEATHS)("import of a file into an app: %s", async (kind) => {
    const expected = await baselineOf(ground, { fromArchive: true, sync: { mode: "mirror" } });
    await walk(
      ["import", "in.json.gz", "--to", ADDRESSES.target, "--mode", "mirror", "--confirm-delete=3"],
      kind,
      ({ apps }) => expectWhole(apps, { ...expected, version: 1 }),
      async ({ apps, cwd }) =>
        writeFileSync(join(cwd, "in.json.gz"), await archiveBytes(apps.source.database)),
    );
  });

  it("says so when the bucket has forgotten the upload, and sends it anew", async () => {
    await withScene(async ({ apps, clock, cwd, run }) => {
      const kind = "driver dies before";
      const dying = connectApps(apps, injectOnce({ app: "target", layer: "http", kind, call: 3 }));
      await expect(Promise.race([run(["push", "--full", "--yes"], dying), dying.death])).rejects.toThrow(
        DriverDied,
      );
      endLocks(cwd);
      clock.advance(1000);
      const pruning = connectApps(apps, injectOnce(null));
      const { pruned } = await createClient({ baseUrl: ADDRESSES.target, fetch: pruning.fetch }).prune({
        olderThanMs: 0,
      });
      expect(pruned).toMatchObject([{ kind: "upload" }]);
      const { code, stderr } = await run(["push", "--full", "--yes"], connectApps(apps, injectOnce(null)));
      expect(code, stderr).toBe(0);
      expect(stderr).toContain("has forgotten the upload");
      await expectWhole(apps, { ...PUSHED, version: 1 });
    });
  });

  it("asks only for the bytes that its file lacks", async () => {
    await withScene(async ({ apps, clock, cwd, run }) => {
      const args = ["export", ADDRESSES.source, "-o", "out.json.gz"];
      const kind = "driver dies within the answer";
      const network = connectApps(apps, injectOnce({ app: "source", layer: "http", kind, call: 2 }));
      await expect(Promise.race([run(args, network), network.death])).rejects.toThrow(DriverDied);
      const file = join(cwd, "out.json.gz.partial");
      await vi.waitUntil(() => existsSync(file) && statSync(file).size > 0, { timeout: 50_000 });
      const partial = readFileSync(file);
      expect(partial.length).toBeGreaterThan(0);
      endLocks(cwd);
      clock.advance(31_000);

      const ranges: (string | null)[] = [];
      const direct = connectApps(apps, injectOnce(null));
      const watched = ((url: string, init: RequestInit) => {
        ranges.push(new Headers(init.headers).get("range"));
        return direct.fetch(url, init);
      }) as typeof fetch;
      const { code, stderr } = await run(args, { ...direct, fetch: watched });
      expect(code, stderr).toBe(0);
      expect(ranges).toContain(`bytes=${partial.length}-${partial.length + 32 * 1024 * 1024 - 1}`);
      const whole = readFileSync(join(cwd, "out.json.gz"));
      expect(whole.subarray(0, partial.length).equals(partial)).toBe(true);
    });
  });
});
