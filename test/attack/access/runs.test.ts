import { describe, expect, it } from "vitest";
import { type Grant, PERMISSIONS } from "../../../src/grants.ts";
import { guardRun } from "../../../src/operations/caller.ts";
import { execute } from "../../support/engine.ts";
import { ALL, createScene, person, type Scene, SECRET } from "./scene.ts";

const CI = person("ci", "plan");
const FORBIDDEN = { status: 403, body: { code: "FORBIDDEN" } };

describe("what others began", () => {
  const OTHER = person("other", "read", "plan", "write", "delete", "create");

  it("is not gone on with by who does not manage, in any way, and stays as it is", async () => {
    const scene = createScene();
    const key = await scene.upload(CI, { salaries: [{ name: "ada", amount: 1 }] });
    await scene.post(CI, { operation: "sync", syncKey: key, dryRun: true });
    const { exportKey } = (await scene.post(ALL, { operation: "export" })).body;
    const { key: open, uploadId } = (await scene.post(CI, { action: "start" }, "multipart-upload")).body;
    const part = new Uint8Array(10);
    const before = await scene.rows();
    const calls: [string, Promise<unknown>][] = [
      ["status", scene.get(OTHER, `syncKey=${key}`)],
      ["status of an upload", scene.get(OTHER, `syncKey=${open}`)],
      ["plan", scene.post(OTHER, { operation: "sync", syncKey: key, dryRun: true, mode: "mirror" })],
      ["sync", scene.post(OTHER, { operation: "sync", syncKey: key })],
      ["sync of an export", scene.post(OTHER, { operation: "sync", syncKey: exportKey })],
      ["drop", scene.post(OTHER, { operation: "drop", syncKey: key })],
      ["drop of an export", scene.post(OTHER, { operation: "drop", syncKey: exportKey })],
      ["download", scene.get(OTHER, `operation=download&exportKey=${exportKey}`)],
      ["download of an upload", scene.get(OTHER, `operation=download&syncKey=${key}&format=archive`)],
      ["export", scene.post(OTHER, { operation: "export", exportKey })],
      ["export by its key", scene.post(OTHER, { operation: "export", newKey: exportKey })],
      ["start", scene.post(OTHER, { action: "start", newKey: open }, "multipart-upload")],
      ["part", scene.put(OTHER, `key=${open}&uploadId=${uploadId}&partNumber=1`, part)],
      ["parts", scene.get(OTHER, `key=${open}&uploadId=${uploadId}`, "multipart-upload")],
      [
        "complete",
        scene.post(
          OTHER,
          { action: "complete", key: open, uploadId, parts: [{ partNumber: 1, etag: "e" }] },
          "multipart-upload",
        ),
      ],
      ["abort", scene.post(OTHER, { action: "abort", key: open, uploadId }, "multipart-upload")],
    ];
    for (const [what, call] of calls) expect(await call, what).toMatchObject(FORBIDDEN);

    expect((await scene.get(OTHER, "operation=list")).body).toMatchObject({ objects: [], runs: [] });
    expect(await scene.rows()).toEqual(before);
    const own = await scene.get(CI, `syncKey=${key}`);
    expect(own.body.status).toMatchObject({ status: "planned", mode: "merge" });
    expect((await scene.get(CI, "operation=list")).body.objects).toMatchObject([{ key }]);
    expect((await scene.put(CI, `key=${open}&uploadId=${uploadId}&partNumber=1`, part)).status).toBe(200);
    expect((await scene.post(CI, { operation: "drop", syncKey: key })).status).toBe(200);
  });

  it("is gone on with by who manages, who takes over what they apply", async () => {
    const scene = createScene();
    const key = await scene.upload(CI, { salaries: [{ name: "ada", amount: 1 }] });
    await scene.post(CI, { operation: "sync", syncKey: key, dryRun: true });
    expect((await scene.get(ALL, "operation=list")).body.objects).toMatchObject([{ key }]);
    // Planned again, it is still theirs who began it.
    await scene.post(ALL, { operation: "sync", syncKey: key, dryRun: true });
    expect((await scene.post(CI, { operation: "sync", syncKey: key, dryRun: true })).status).toBe(200);
    expect((await scene.post(ALL, { operation: "sync", syncKey: key })).body.status).toBe("completed");
    expect(
      await scene.post(CI, { operation: "sync", syncKey: key, dryRun: true, create: "all" }),
    ).toMatchObject(FORBIDDEN);
  });

  it("is told apart by who let them in: a user of a token's name is somebody else", async () => {
    const guard = (id: string) =>
      guardRun({ id, grant: CI, policy: {}, allowedBy: "" }, { key: "k", dryRun: true });
    const request = { mode: "merge" } as const;
    expect(guard("token:ci").request({ owner: "token:ci", request })).toBe("token:ci");
    expect(() => guard("app:ci").request({ owner: "token:ci", request })).toThrow(/somebody else/);
    expect(() => guard("app:ci").request({ owner: null, request })).toThrow(/somebody else/);
  });
});

describe("what earlier requests left to a run", () => {
  const WRITER = person("ci", "plan", "write");
  const rows = { salaries: [{ name: "ada", amount: 8 }] };

  it.each<[string, object, string]>([
    ["a mirror", { mode: "mirror" }, "delete"],
    ["a replacing one", { onConflict: "replace" }, "delete"],
    ["one that makes tables", { create: true }, "create"],
    ["one that makes everything", { create: "all" }, "create"],
  ])("is not applied by who could not ask for it: %s", async (_, options, missing) => {
    const scene = createScene();
    const key = await scene.upload(WRITER, rows);
    const planned = await scene.post(CI, { operation: "sync", syncKey: key, dryRun: true, ...options });
    expect(planned.status).toBe(200);
    const before = await scene.rows();
    const applied = await scene.post(WRITER, { operation: "sync", syncKey: key });
    expect(applied).toMatchObject({ status: 403, body: { details: { missing: [missing] } } });
    expect(await scene.rows()).toEqual(before);
    // The refusal leaves the run as it is, and another request may ask for less.
    const less = { mode: "merge", onConflict: "fail", create: false };
    expect((await scene.post(WRITER, { operation: "sync", syncKey: key, ...less })).body.status).toBe(
      "completed",
    );
  });
});

describe("an undo", () => {
  const writer = person("ci", "plan", "write");
  const may = (...more: Grant["may"]): Grant => ({ ...writer, may: [...writer.may, ...more] });

  async function createSynced() {
    const scene = createScene();
    const key = await scene.upload(writer, {
      salaries: [
        { name: "grace", amount: 8 },
        { name: "ada", amount: 1 },
      ],
    });
    const { body } = await scene.post(writer, { operation: "sync", syncKey: key });
    return { scene, key, undo: body.undo as string, after: await scene.rows() };
  }

  it.each<[string, Grant, string[]]>([
    ["without delete", may(), ["delete"]],
    ["without write", { ...writer, may: ["plan", "delete"] }, ["write"]],
    ["who only reads", { ...writer, may: ["read"] }, ["write", "delete"]],
  ])("is done by nobody %s, by neither key", async (_, who, missing) => {
    const { scene, key, undo, after } = await createSynced();
    const asked = await scene.post(who, { operation: "undo", syncKey: key });
    expect(asked).toMatchObject({ ...FORBIDDEN, body: { details: { missing } } });
    const byUndo = await scene.post(who, { operation: "sync", syncKey: undo });
    expect(byUndo).toMatchObject(FORBIDDEN);
    expect(await scene.rows()).toEqual(after);
  });

  it("is planned by who may plan, in counts alone, and done by who may write and delete", async () => {
    const { scene, key, undo } = await createSynced();
    const planned = await scene.post(writer, { operation: "undo", syncKey: key, dryRun: true });
    expect(planned.body).toMatchObject({
      status: "planned",
      plan: { tables: { salaries: { updated: 1, deleted: 1 } } },
    });
    expect(JSON.stringify(planned.body)).not.toContain("samples");
    expect(await scene.get(writer, `operation=rows&syncKey=${undo}`)).toMatchObject(FORBIDDEN);
    expect((await scene.post(may("delete"), { operation: "undo", syncKey: key })).body.status).toBe(
      "completed",
    );
  });

  it("of what somebody else did is for who manages", async () => {
    const { scene, key, undo, after } = await createSynced();
    const other = person("bob", "read", "plan", "write", "delete");
    for (const attempt of [
      { operation: "undo", syncKey: key },
      { operation: "undo", syncKey: key, dryRun: true },
      { operation: "undo", syncKey: undo },
      { operation: "sync", syncKey: undo },
      { operation: "drop", syncKey: undo },
    ]) {
      expect(await scene.post(other, attempt)).toMatchObject(FORBIDDEN);
    }
    for (const query of [`syncKey=${undo}`, `operation=download&exportKey=${undo}`]) {
      expect(await scene.get(other, query)).toMatchObject(FORBIDDEN);
    }
    expect(await scene.rows()).toEqual(after);
    expect((await scene.post(ALL, { operation: "undo", syncKey: key })).body.status).toBe("completed");
  });

  it("writes no table that the grant or the policy has come to keep back", async () => {
    const { scene, key, after } = await createSynced();
    const bounded: Grant = { ...may("delete"), tables: ["posts"] };
    const asked = await scene.post(bounded, { operation: "undo", syncKey: key });
    expect(asked).toMatchObject({ ...FORBIDDEN, body: { details: { table: "salaries" } } });
    expect(await scene.rows()).toEqual(after);
  });
});

describe("tables that a grant does not have", () => {
  const bounded = (tables: string[], ...may: Grant["may"]): Grant => ({ name: "bob", may, tables });
  const most = PERMISSIONS.filter((one) => one !== "manage");

  it("stay out of exports", async () => {
    const scene = createScene();
    const reader = bounded(["Posts", "authors"], "read");
    const { body } = await scene.post(reader, { operation: "export" });
    expect(body.stats.map(({ table }: { table: string }) => table).sort()).toEqual(["authors", "posts"]);
    const document = await scene.get(reader, `operation=download&exportKey=${body.exportKey}`);
    expect(JSON.stringify(document.body)).not.toContain("salaries");
    for (const name of ["salaries", "SALARIES"]) {
      for (const asked of [{ tables: ["posts", name] }, { include: [name] }]) {
        const refused = await scene.post(reader, { operation: "export", ...asked });
        expect(refused).toMatchObject({ ...FORBIDDEN, body: { details: { table: name } } });
      }
    }
    expect((await scene.post(reader, { operation: "export", all: true })).body.stats).toHaveLength(2);
    expect((await scene.post(reader, { operation: "export", exclude: ["posts"] })).body.stats).toMatchObject([
      { table: "authors" },
    ]);
  });

  it("take no view with them, which might tell of another table", async () => {
    const scene = createScene();
    await execute(scene.database, ["CREATE VIEW rich AS SELECT name FROM salaries WHERE amount > 5"]);
    const reader = bounded(["posts"], "read");
    const { exportKey } = (await scene.post(reader, { operation: "export" })).body;
    const { body } = await scene.get(reader, `operation=download&exportKey=${exportKey}`);
    expect(JSON.stringify(body)).not.toContain("amount");
  });

  it.each(["salaries", "Salaries", "SALARIES"])(
    "are not planned and not written, called %s",
    async (name) => {
      const scene = createScene();
      const writer = bounded(["authors"], ...most);
      const before = await scene.rows();
      for (const dryRun of [true, false]) {
        const key = await scene.upload(writer, {
          authors: [{ name: "new", email: "new@example.com" }],
          [name]: [{ name: "grace", amount: 1_000_000 }],
        });
        const refused = await scene.post(writer, { operation: "sync", syncKey: key, dryRun });
        expect(refused).toMatchObject({ ...FORBIDDEN, body: { details: { table: "salaries" } } });
        expect(await scene.rows()).toEqual(before);
        const rest = { operation: "sync", syncKey: key, exclude: [name], dryRun: true };
        expect((await scene.post(writer, rest)).status).toBe(200);
        await scene.post(writer, { operation: "drop", syncKey: key });
      }
    },
  );

  it("are not meant by a name in camel case that fits another of theirs", async () => {
    const scene = createScene();
    await execute(scene.database, [
      'CREATE TABLE "contentItems" (id INTEGER PRIMARY KEY)',
      "CREATE TABLE content_items (id INTEGER PRIMARY KEY)",
    ]);
    const writer = bounded(["content_items"], ...most);
    const key = await scene.upload(writer, { contentItems: [{ id: 1 }] });
    expect(await scene.post(writer, { operation: "sync", syncKey: key })).toMatchObject(FORBIDDEN);
    await execute(scene.database, ['DROP TABLE "contentItems"']);
    expect((await scene.post(writer, { operation: "sync", syncKey: key })).status).toBe(200);
  });

  it("are not reached by triggers and views either", async () => {
    const scene = createScene();
    const writer = bounded(["authors"], ...most);
    const key = await scene.upload(writer, { authors: [] });
    const all = await scene.post(writer, { operation: "sync", syncKey: key, create: "all" });
    expect(all).toMatchObject(FORBIDDEN);
  });

  it("are not in the history that they are told", async () => {
    const scene = createScene();
    for (const [i, table] of ["authors", "salaries"].entries()) {
      const key = await scene.upload(ALL, { [table]: [{ name: "x" }] });
      await scene.post(ALL, { operation: "sync", syncKey: key, version: i + 1 });
    }
    const bob = bounded(["salaries"], "plan");
    const { history, live, runs } = (await scene.get(bob, "operation=history")).body;
    expect(history).toMatchObject([{ seedName: "salaries" }]);
    expect(live).toMatchObject([{ table: "salaries" }]);
    expect(runs).toEqual([]);
    // His own run, of a time when he had more.
    const all = person("bob", ...most);
    const key = await scene.upload(all, { authors: [{ name: "y" }], salaries: [{ name: "y" }] });
    await scene.post(all, { operation: "sync", syncKey: key, version: 3 });
    const own = (await scene.get(bob, "operation=history")).body.runs;
    expect(own).toMatchObject([{ key, owner: "app:bob", phase: "completed" }]);
    expect(Object.keys(own[0].results)).toEqual(["salaries"]);
  });
});

describe("the policy", () => {
  it("keeps tables out of every export, whoever asks", async () => {
    const scene = createScene({ neverExport: ["Salaries"] });
    const { body } = await scene.post(ALL, { operation: "export" });
    expect(body.stats).not.toContainEqual(expect.objectContaining({ table: "salaries" }));
    expect(body.notes).toContainEqual(
      expect.stringContaining("salaries was left out: this app never exports it"),
    );
    const all = await scene.post(ALL, { operation: "export", all: true });
    expect(all.body.stats).not.toContainEqual(expect.objectContaining({ table: "salaries" }));
    for (const asked of [{ tables: ["salaries"] }, { include: ["salaries"] }]) {
      const named = await scene.post(ALL, { operation: "export", ...asked });
      expect(named).toMatchObject({
        ...FORBIDDEN,
        body: { details: { policy: "neverExport", table: "salaries" } },
      });
    }
  });

  it("lets nobody guess at rows of a table that is never exported, by the name of a plan's rows", async () => {
    const scene = createScene({ neverExport: ["salaries"] });
    const before = await scene.rows();
    const key = await scene.upload(ALL, { SALARIES: [{ name: "ada", amount: 1 }] });
    const call = { operation: "sync", syncKey: key, plan: `rows-${"0".repeat(64)}` };
    for (const dryRun of [true, false]) {
      const asked = await scene.post(ALL, { ...call, dryRun });
      expect(asked).toMatchObject({ ...FORBIDDEN, body: { details: { policy: "neverExport" } } });
    }
    expect(await scene.rows()).toEqual(before);
    const bounded: Grant = { ...person("bob", "read", "plan", "write"), tables: ["posts"] };
    const own = await scene.upload(bounded, { SALARIES: [{ name: "ada", amount: 1 }] });
    expect(await scene.post(bounded, { ...call, syncKey: own })).toMatchObject(FORBIDDEN);
  });

  it("lets no sync write a table, in no mode", async () => {
    const scene = createScene({ neverWrite: ["salaries"] });
    const before = await scene.rows();
    for (const mode of ["merge", "insert", "mirror"]) {
      const key = await scene.upload(ALL, { SALARIES: [{ name: "grace", amount: 8 }] });
      const refused = await scene.post(ALL, { operation: "sync", syncKey: key, mode });
      expect(refused).toMatchObject({ ...FORBIDDEN, body: { details: { policy: "neverWrite" } } });
    }
    expect(await scene.rows()).toEqual(before);
  });

  it("bounds what one sync deletes, by mirroring and by replacing", async () => {
    const scene = createScene({ largestDelete: 0 });
    const before = await scene.rows();
    const mirror = await scene.upload(ALL, { posts: [{ id: 2, author: "grace", title: "two" }] });
    const planned = await scene.post(ALL, {
      operation: "sync",
      syncKey: mirror,
      mode: "mirror",
      dryRun: true,
    });
    expect(planned.body.plan.tables.posts.deleted).toBe(1);
    const asked = { operation: "sync", syncKey: mirror, mode: "mirror", expectDeletes: 1 };
    expect(await scene.post(ALL, asked)).toMatchObject({
      ...FORBIDDEN,
      body: { details: { policy: "largestDelete", deletes: 1, largestDelete: 0 } },
    });
    expect(await scene.rows()).toEqual(before);
    expect((await createDeleting(1)).body.status).toBe("completed");
  });

  async function createDeleting(largestDelete: number) {
    const scene = createScene({ largestDelete });
    const key = await scene.upload(ALL, { posts: [{ id: 2, author: "grace", title: "two" }] });
    return scene.post(ALL, { operation: "sync", syncKey: key, mode: "mirror" });
  }
});

describe("who may plan and not read", () => {
  const planner = person("ci", "plan", "write", "delete");

  async function answersOf(scene: Scene, data: object, options: object): Promise<string> {
    const key = await scene.upload(planner, data);
    const answers = [
      await scene.post(planner, { operation: "sync", syncKey: key, dryRun: true, ...options }),
      await scene.post(planner, { operation: "sync", syncKey: key, ...options }),
      await scene.get(planner, `syncKey=${key}`),
      await scene.get(planner, "operation=list"),
      await scene.get(planner, "operation=history"),
    ];
    return JSON.stringify(answers.map(({ body }) => body));
  }

  it.each<[string, object, object, string]>([
    [
      "a unique value that is taken",
      { authors: [{ name: "eve", email: "ada@example.com" }] },
      {},
      "UNIQUE_CONFLICT",
    ],
    ["rows that others point to", { authors: [] }, { mode: "mirror" }, "FOREIGN_KEY"],
    ["rows that are there", { authors: [{ name: "grace", email: "x@example.com" }] }, {}, "completed"],
    ["a row that points to nothing", { posts: [{ id: 9, author: "nobody", title: "x" }] }, {}, "FOREIGN_KEY"],
    ["a row that is refused", { posts: [{ id: 1, author: "grace", title: null }] }, {}, "ROW_REFUSED"],
  ])("is told of %s, and of no cell", async (_, data, options, told) => {
    const text = await answersOf(createScene(), data, options);
    expect(text).toContain(told);
    expect(text).not.toContain(SECRET);
  });

  it("is told what who may read is told, but for the cells", async () => {
    const scene = createScene();
    const data = { authors: [{ name: "eve", email: "ada@example.com" }] };
    const key = await scene.upload(ALL, data);
    const read = await scene.post(ALL, { operation: "sync", syncKey: key, dryRun: true });
    expect(JSON.stringify(read.body)).toContain(SECRET);
    const own = await scene.upload(planner, data);
    const { body } = await scene.post(planner, { operation: "sync", syncKey: own, dryRun: true });
    const { samples, ...authors } = read.body.plan.tables.authors;
    expect(samples.insert).toMatchObject([{ is: "insert", row: { email: "ada@example.com" } }]);
    const { hash, ...plan } = body.plan;
    const { hash: other, ...told } = read.body.plan;
    // Another run's plan is another one, whatever it does.
    expect(hash).not.toBe(other);
    expect(plan).toEqual({ ...told, conflicts: [], tables: { authors } });
    const query = `operation=rows&syncKey=${own}`;
    expect((await scene.get(planner, query)).body).toMatchObject({ code: "FORBIDDEN" });
  });
});
