import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { openBaseFile } from "../../src/cli/bases/base-file.ts";
import { findChangedRows, isNothing } from "../../src/cli/journey/changed-rows.ts";
import { SendsEverything } from "../../src/cli/journey/sends-everything.ts";
import { writeChanges } from "../../src/cli/journey/write-changes.ts";
import { sqliteDatabase } from "../../src/database/node-sqlite.ts";
import { databasePlace } from "../../src/diff/index.ts";
import type { Mode } from "../../src/sync/run/options.ts";
import { type Example, statementsOf } from "../property/example.ts";
import { fileSide } from "../property/file-side.ts";
import {
  holdsForBoth,
  isForOneTransaction,
  isSaid,
  type Meeting,
  meeting,
  settleBoth,
} from "../property/meeting.ts";
import { ALL_CASES, once, sampled } from "../support/cases.ts";
import { workDirectory } from "../support/cli.ts";
import { quietSession } from "../support/quiet-session.ts";

const files = [fileSide(), fileSide()] as const;
const cwd = await workDirectory();
afterAll(() => {
  for (const file of files) file.close();
});

const seen = { done: 0, nothing: 0, refused: 0, everything: 0 };

/** The tables that can be compared: with one that cannot, everything is sent. */
async function comparable(path: string): Promise<string[]> {
  const sqlite = new DatabaseSync(path, { readOnly: true });
  try {
    const { tables } = await databasePlace(sqliteDatabase(sqlite), { choice: { all: true } }).describe();
    return tables.filter(({ key }) => key !== null).map(({ name }) => name);
  } finally {
    sqlite.close();
  }
}

async function areMadeEqual(source: Example, target: Example, mode: Mode): Promise<void> {
  const [from, to] = files;
  await from.fill(statementsOf(source));
  await to.fill(statementsOf({ ...source, rows: target.rows }));
  const theirs = await comparable(to.path);
  const tables = (await comparable(from.path)).filter((name) => theirs.includes(name));
  if (tables.length === 0) return;
  const find = () =>
    findChangedRows(
      {
        from: { kind: "sqlite", path: from.path },
        to: { kind: "sqlite", path: to.path },
        flags: { mode, tables },
        // Nothing is known of an earlier exchange.
        base: openBaseFile(":memory:", { now: quietSession.world.now }),
      },
      quietSession,
    );
  try {
    const changes = await find();
    if (isNothing(changes)) {
      seen.nothing++;
      return;
    }
    const path = join(cwd, "changes.json.gz");
    await writeChanges(changes, {
      path,
      source: { engine: "node-sqlite", name: "here" },
      onEdit: "stop",
      version: 1,
      now: 1,
    });
    const before = await to.look();
    const outcome = await to.import(new Uint8Array(await readFile(path)), { mode, atomic: "always", tables });
    if (outcome.status === "refused") {
      if (outcome.code === null || outcome.code === "INTERNAL") throw new Error(outcome.message);
      expect(await to.look()).toEqual(before);
      const constraint = ["UNIQUE_CONFLICT", "FOREIGN_KEY", "ROW_REFUSED", "UNSUPPORTED"].includes(
        outcome.code,
      );
      if (!constraint && !isSaid(outcome.message, source) && !isForOneTransaction(outcome.message))
        throw new Error(outcome.message);
      seen.refused++;
      return;
    }
    seen.done++;
    // What a comparison finds then is nothing, for what differs is what was sent.
    const again = await find();
    expect(isNothing(again), JSON.stringify(again.found.tables)).toBe(true);
  } catch (error) {
    if (!(error instanceof SendsEverything)) throw error;
    seen.everything++;
  }
}

describe("What differs is sent, and then nothing differs", () => {
  const CASES = 1000;
  test.each(["merge", "mirror", "insert"] as const)("mode %s", once(CASES), async (mode) => {
    await fc.assert(
      fc.asyncProperty(meeting, async (one: Meeting) => {
        const both = settleBoth(one);
        if (both === null) return;
        await holdsForBoth(both, (source, target) => areMadeEqual(source, target, mode));
      }),
      sampled(CASES / 3),
    );
    const { done, nothing, refused, everything } = seen;
    expect(done / (done + nothing + refused + everything)).toBeGreaterThan(ALL_CASES ? 0.3 : 0.1);
  });
});
