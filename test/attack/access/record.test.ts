import { describe, expect, it } from "vitest";
import { GRANT_HEADER } from "./grants.ts";
import { ALL, createScene, person, type Scene, SECRET } from "./scene.ts";

const CI = person("ci", "plan");

const logOf = async (scene: Scene, query = "") => (await scene.get(ALL, `operation=log${query}`)).body;
const told = async (scene: Scene) =>
  (await logOf(scene)).entries.map(
    ({ who, did, outcome }: Record<string, string>) => `${who} ${did} ${outcome}`,
  );

describe("the record", () => {
  it("has every end of an export, an upload, a sync and a removal, the newest first", async () => {
    const scene = createScene();
    const { exportKey } = (await scene.post(ALL, { operation: "export" })).body;
    await scene.get(ALL, `operation=download&exportKey=${exportKey}&format=archive`);
    const key = await scene.upload(CI, { salaries: [{ name: "ada", amount: 1 }] });
    await scene.post(CI, { operation: "sync", syncKey: key, dryRun: true });
    await scene.post(ALL, { operation: "sync", syncKey: key });
    const bad = await scene.upload(CI, { posts: [{ id: 9, author: "nobody", title: "x" }] });
    await scene.post(ALL, { operation: "sync", syncKey: bad });
    await scene.post(ALL, { operation: "drop", syncKey: bad });
    await scene.post(ALL, { operation: "prune", dryRun: true });
    await scene.post(ALL, { operation: "prune" });
    const { entries } = await logOf(scene);
    expect(await told(scene)).toEqual([
      "app:ada prune completed",
      "app:ada drop completed",
      "app:ada sync refused",
      "app:ci upload completed",
      "app:ada sync completed",
      "app:ci upload completed",
      "app:ada download completed",
      "app:ada export completed",
    ]);
    expect(entries[2]).toMatchObject({ key: bad, code: "FOREIGN_KEY" });
    expect(entries[4]).toMatchObject({ key, version: 1, counts: { tables: 1, inserted: 1, deleted: 0 } });
    expect(entries[7]).toMatchObject({ key: exportKey, counts: { tables: 3, rows: 5 } });
    const hash = expect.stringMatching(/^[0-9a-f]{64}$/);
    expect(entries[4]).toMatchObject({ content: hash, plan: hash, rowsWritten: expect.any(Number) });
    expect(entries[7]).toMatchObject({ content: hash });
    const before = Date.now();
    for (const { at, ms, statements } of entries) {
      expect(at).toBeLessThanOrEqual(before);
      expect(ms + statements).toBeGreaterThanOrEqual(0);
    }
  });

  it("tells by a hash whether an export and a sync had the same rows", async () => {
    const scene = createScene();
    const exported = async () => (await scene.post(ALL, { operation: "export" })).body.exportKey;
    const first = await exported();
    await exported();
    await scene.post(ALL, { operation: "sync", syncKey: first });
    const key = await scene.upload(CI, { salaries: [{ name: "ada", amount: 1 }] });
    await scene.post(ALL, { operation: "sync", syncKey: key, version: 2 });
    await exported();
    const { entries } = await logOf(scene);
    const [later, other, , synced, second, one] = entries.map(({ content }: { content?: string }) => content);
    expect([second, synced]).toEqual([one, one]);
    expect(new Set([one, other, later]).size).toBe(3);
  });

  it("has what was refused to somebody who may something, and nothing of others", async () => {
    const scene = createScene({ neverExport: ["salaries"] });
    await scene.post(CI, { operation: "prune" });
    await scene.post(person("bob"), { operation: "prune" });
    await scene.post(ALL, { operation: "export", tables: ["salaries"] });
    const key = "sync-1700000000000-k3v9x0a7b2qd";
    await scene.post(CI, { operation: "sync", syncKey: key });
    // What is no key is nothing to keep.
    await scene.post(CI, { operation: "sync", syncKey: SECRET.repeat(5000) });
    const { entries } = await logOf(scene);
    expect(entries).toMatchObject([
      { who: "app:ci", did: "sync", key: null, missing: ["write"] },
      { who: "app:ci", did: "sync", key },
      { who: "app:ada", did: "export", outcome: "refused", code: "FORBIDDEN", policy: "neverExport" },
      { who: "app:ci", did: "prune", outcome: "refused", missing: ["manage"] },
    ]);
    expect(entries).toHaveLength(4);
  });

  it("is shown to who manages alone, goes on page by page, and outlives a prune", async () => {
    const scene = createScene();
    for (let i = 0; i < 5; i++) await scene.upload(CI, { salaries: [] });
    expect((await scene.get(CI, "operation=log")).status).toBe(403);
    await scene.post(ALL, { operation: "prune", olderThanMs: 0 });
    const first = await logOf(scene, "&limit=3");
    const rest = await logOf(scene, `&limit=1000&cursor=${encodeURIComponent(first.cursor)}`);
    const all = [...first.entries, ...rest.entries];
    expect(all).toHaveLength(7);
    expect(all.map(({ at }: { at: number }) => at)).toEqual(
      all.map(({ at }: { at: number }) => at).toSorted((a, b) => b - a),
    );
    expect(rest.cursor).toBeUndefined();
  });

  it("holds no cell, and no header of the request but the address that the platform saw", async () => {
    const scene = createScene();
    const who = person(`${"n".repeat(190)}é`, "plan", "write", "read", "delete");
    const key = await scene.upload(who, {
      authors: [{ name: `${SECRET}-ada`, email: `${SECRET}-new@example.com` }],
    });
    await scene.post(who, { operation: "sync", syncKey: key });
    const taken = await scene.upload(who, { authors: [{ name: "eve", email: `${SECRET}@example.com` }] });
    await scene.post(who, { operation: "sync", syncKey: taken, version: 2 });
    const { objects } = await scene.bucket.list({ prefix: "d1-ferry/log/" });
    const text = decodeURIComponent(JSON.stringify(objects.map(({ name, metadata }) => [name, metadata])));
    expect(objects).toHaveLength(4);
    expect(text).toContain("UNIQUE_CONFLICT");
    expect(text).not.toContain(SECRET);
    expect(text).not.toContain(GRANT_HEADER);
    expect((await logOf(scene)).entries[0].who).toBe(`app:${who.name}`);
  });

  it("changes no answer where the bucket does not take it", async () => {
    const scene = createScene();
    const { put } = scene.bucket;
    scene.bucket.put = async (name, ...rest) => {
      if (name.startsWith("d1-ferry/log/")) throw new Error("full");
      return put.call(scene.bucket, name, ...rest);
    };
    const key = await scene.upload(CI, { salaries: [{ name: "ada", amount: 1 }] });
    expect((await scene.post(ALL, { operation: "sync", syncKey: key })).body.status).toBe("completed");
    expect((await scene.post(CI, { operation: "prune" })).status).toBe(403);
    expect((await logOf(scene)).entries).toEqual([]);
  });
});
