import { describe, expect, test } from "vitest";
import { keyedRowsOf } from "../../src/archive/keyed-rows.ts";
import { openArchive } from "../../src/archive/reader.ts";
import { findSchemaTable } from "../../src/archive/schema-tables.ts";
import type { ByteSource, DocumentHeader, Row } from "../../src/archive/types.ts";
import { createBudget } from "../../src/budget.ts";
import type { Database } from "../../src/database/port.ts";
import { loadRun } from "../../src/sync/run/stored-runs.ts";
import { type DriveOptions, drive, type Engine, execute, newRunKey } from "../support/engine.ts";
import { faultyDatabase } from "../support/faulty-database.ts";
import { memoryImages } from "../support/memory-images.ts";
import { archiveFrom, type Input, type Scene, type SceneOptions, setScene } from "./scene.ts";

/** What an archive of rows before a run says of a table. */
interface Said {
  before: Row[];
  made: Row[];
}

interface Images {
  header: DocumentHeader;
  tables: Record<string, Said>;
  rowids: Record<string, number[]>;
}

async function readImages(source: ByteSource): Promise<Images> {
  const { header, readFrames } = await openArchive(source);
  const tables: Record<string, Said> = {};
  const rowids: Record<string, number[]> = {};
  for await (const { entry, text, rowids: beside } of readFrames()) {
    const table = findSchemaTable(header.schema, entry.table);
    if (table === undefined) throw new Error(`No schema of ${entry.table}`);
    tables[entry.table] ??= { before: [], made: [] };
    const said = tables[entry.table] as Said;
    for (const keyed of keyedRowsOf(table, text)) {
      if (!("row" in keyed)) throw new Error("A key without a row");
      said[entry.made ? "made" : "before"].push(keyed.row);
    }
    if (beside !== null) rowids[entry.table] = [...(rowids[entry.table] ?? []), ...beside.map(Number)];
  }
  return { header, tables, rowids };
}

/** The archive of rows as they were before a run. */
export function describeImages(name: string, engine: Engine): void {
  async function keep({ target, sync }: Scene, input: Input, options: SceneOptions = {}) {
    const images = memoryImages();
    const key = newRunKey();
    const report = await sync(input, { key, images, ...options });
    const run = await loadRun(target, key);
    const kept = run?.details.images ?? [];
    const last = kept.at(-1);
    const source = last === undefined ? undefined : images.finished.get(last.key);
    return {
      report,
      images,
      kept,
      details: run?.details,
      read: () => readImages(source as ByteSource),
    };
  }

  describe(`rows as they were before a run (${name})`, () => {
    test("are those that are written over and deleted, whole, and what is made of them", async () => {
      const schema = ["CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT, score REAL, extra)"];
      const source = await archiveFrom(engine, schema, [
        "INSERT INTO t VALUES (1, 'new', 1.5, NULL), (2, 'Bob', 2.0, x'00ff'), (3, 'Cy', 3.5, 9007199254740993), (5, 'same', 1, 1)",
      ]);
      const scene = await setScene(engine, schema, [
        "INSERT INTO t VALUES (2, 'Bob', 7.0, 1.0), (3, 'Cy', 9e999, 5), (4, 'Ed', -9223372036854775808, 'x'), (5, 'same', 1, 1)",
      ]);
      const { read, kept, report } = await keep(scene, source, { mode: "mirror" });
      expect(report.results?.t).toMatchObject({ inserted: 1, updated: 2, deleted: 1 });
      expect(kept).toEqual([
        {
          key: expect.stringMatching(/^undo-\d+-[0-9a-z]{12}$/),
          hash: report.plan?.hash,
          bytes: expect.any(Number),
          rows: 4,
        },
      ]);
      const { header, tables } = await read();
      expect(header).toMatchObject({
        kind: "before-images",
        version: 1,
        source: { engine: "before", name: report.key },
      });
      expect(header.schema.map(({ name }) => name)).toEqual(["t"]);
      expect(tables.t).toEqual({
        before: [
          { id: 2, name: "Bob", score: 7, extra: { $real: "1" } },
          { id: 3, name: "Cy", score: { $real: "Infinity" }, extra: 5 },
          { id: 4, name: "Ed", score: expect.anything(), extra: "x" },
        ],
        made: [
          { id: 1, name: "new", score: 1.5, extra: null },
          { id: 2, score: 2, extra: { $blob: "AP8=" } },
          { id: 3, score: 3.5, extra: { $int: "9007199254740993" } },
        ],
      });
    });
  });
}
