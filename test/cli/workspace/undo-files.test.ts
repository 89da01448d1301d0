import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it, onTestFinished } from "vitest";
import { newKey } from "../../../src/bucket/keys.ts";
import { sqliteTarget } from "../../../src/cli/targets/sqlite-target.ts";
import {
  keepLeftRows,
  listUndoFiles,
  removeUndoFile,
  type UndoFile,
  undoFiles,
} from "../../../src/cli/workspace/undo-files.ts";
import { documentSource } from "../../support/bytes.ts";
import { newRunKey } from "../../support/engine.ts";

const world = { now: () => Date.now(), signal: new AbortController().signal };

function file(): string {
  const directory = mkdtempSync(join(tmpdir(), "d1-ferry-undo-"));
  onTestFinished(() => rm(directory, { recursive: true }));
  return join(directory, "app.sqlite");
}

async function keep(path: string, key: string, content = "rows"): Promise<void> {
  const sink = undoFiles(path, world).open(key, undefined);
  await sink.write(new TextEncoder().encode(content));
  await sink.finish();
}

describe("rows as they were beside a SQLite file", () => {
  it("are files that nobody else reads, whole under their names or not there", async () => {
    const path = file();
    const key = newKey("undo");
    const sink = undoFiles(path, world).open(key, undefined);
    await sink.write(Uint8Array.of(1, 2));
    expect(await listUndoFiles(path)).toEqual([]);
    expect(await sink.finish()).toBe(2);
    const directory = `${path}.d1-ferry-undo`;
    expect(readdirSync(directory)).toEqual([`${key}.archive`]);
    const [one] = await listUndoFiles(path);
    expect(one).toEqual({
      key,
      path: join(directory, `${key}.archive`),
      bytes: 2,
      time: expect.any(Number),
      left: false,
    });
    expect(statSync(directory).mode & 0o777).toBe(0o700);
    expect(statSync(one?.path as string).mode & 0o777).toBe(0o600);
    await removeUndoFile(path, key);
    expect(existsSync(directory)).toBe(false);
  });

  it("go on where a step stopped, without what a later one wrote that is not known", async () => {
    const path = file();
    const key = newKey("undo");
    const store = undoFiles(path, world);
    const first = store.open(key, undefined);
    await first.write(Uint8Array.of(1));
    const state = await first.pause();
    await first.write(Uint8Array.of(9));
    const second = store.open(key, state);
    await second.write(Uint8Array.of(2));
    await second.finish();
    const [one] = await listUndoFiles(path);
    expect([...readFileSync(one?.path as string)]).toEqual([1, 2]);
    await expect(store.open(key, { bytes: 1 }).write(Uint8Array.of(3))).rejects.toMatchObject({
      code: "UPLOAD_NOT_FOUND",
    });
  });

  it("are the last ten, and what a killed command left goes after a day", async () => {
    const path = file();
    const keys = Array.from({ length: 12 }, (_, i) => newKey("undo", 1_700_000_000_000 + i));
    for (const [i, key] of keys.entries()) {
      await keep(path, key);
      const time = 1_700_000_000 + i;
      utimesSync(join(`${path}.d1-ferry-undo`, `${key}.archive`), time, time);
    }
    const left = join(`${path}.d1-ferry-undo`, `${newKey("undo")}.part`);
    writeFileSync(left, "half");
    const newest = newKey("undo");
    await keep(path, newest);
    expect(existsSync(left)).toBe(true);
    utimesSync(left, 1_700_000_000, 1_700_000_000);
    await keep(path, newest);
    expect(existsSync(left)).toBe(false);
    const kept = (await listUndoFiles(path)).map(({ key }) => key);
    expect(kept).toEqual([newest, ...keys.slice(3).toReversed()]);
  });

  it("are ten beside the one that is being undone, which gives way to what its undo keeps", async () => {
    const path = file();
    const keys = Array.from({ length: 10 }, (_, i) => newKey("undo", 1_700_000_000_000 + i));
    for (const [i, key] of keys.entries()) {
      await keep(path, key);
      const time = 1_700_000_000 + i;
      utimesSync(join(`${path}.d1-ferry-undo`, `${key}.archive`), time, time);
    }
    for (const undoing of [keys[9] as string, keys[0] as string]) {
      const own = newKey("undo");
      const sink = undoFiles(path, { ...world, undoing }).open(own, undefined);
      await sink.write(Uint8Array.of(1));
      await sink.finish();
      expect((await listUndoFiles(path)).map(({ key }) => key)).toContain(undoing);
      await removeUndoFile(path, undoing);
      expect(await listUndoFiles(path)).toHaveLength(10);
    }
  });

  it("stay under another name where an undo left rows alone", async () => {
    const path = file();
    const key = newKey("undo");
    await keep(path, key);
    const [one] = await listUndoFiles(path);
    await keepLeftRows(path, one as UndoFile);
    const [left] = await listUndoFiles(path);
    expect(left).toMatchObject({ key, left: true, bytes: 4 });
    await keepLeftRows(path, left as UndoFile);
    expect(await listUndoFiles(path)).toEqual([left]);
    await removeUndoFile(path, key);
    expect(existsSync(`${path}.d1-ferry-undo`)).toBe(false);
  });

  it("are kept of a sync into a file that is there, not of a dry run or of a new file", async () => {
    const sync = async (path: string, { dryRun = false, undo = true } = {}) => {
      const target = await sqliteTarget(path, documentSource({ data: { t: [{ id: 1, v: "new" }] } }), {
        world,
        dryRun,
      });
      await target.drive(newRunKey(), { dryRun, undo, force: true }, () => {}).finally(() => target.close());
    };
    const path = file();
    const database = new DatabaseSync(path);
    database.exec("CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT); INSERT INTO t VALUES (1, 'old')");
    database.close();
    await sync(path, { dryRun: true });
    expect(await listUndoFiles(path)).toEqual([]);
    await sync(path);
    expect(await listUndoFiles(path)).toHaveLength(1);
    await sync(path, { undo: false });
    expect(await listUndoFiles(path)).toHaveLength(1);
    const other = file();
    await sync(other).catch(() => undefined);
    expect(await listUndoFiles(other)).toEqual([]);
  });
});
