import { describe, expect, test } from "vitest";
import { archiveToJson, openArchive } from "../../src/archive/reader.ts";
import type { Database, Statement } from "../../src/database/port.ts";
import { tellVerification } from "../../src/sync/run/verification.ts";
import { someOf } from "../support/cases.ts";
import type { Engine } from "../support/engine.ts";
import { keyedArchive } from "../support/keyed-archive.ts";
import { archiveFrom, type Input, type SceneOptions, sceneOf, setScene } from "./scene.ts";

const NOTES = ["CREATE TABLE notes (id INTEGER PRIMARY KEY, title TEXT UNIQUE)"];
const ROWS = ["INSERT INTO notes VALUES (1, 'one'), (2, 'two')"];
const CHANGE = "UPDATE notes SET title = 'changed' WHERE title = 'two'";

type Done = "readBack" | "compared" | "unchecked";

interface Case {
  title: string;
  done: Done;
  /** The row that is changed is among those that are compared before the commit. @default done !== "unchecked" */
  seen?: boolean;
  target: readonly string[];
  input(engine: Engine): Promise<Input>;
  options?: SceneOptions;
  /** What somebody does. @default CHANGE */
  change?: string;
}

const archive = (engine: Engine) => archiveFrom(engine, NOTES, ROWS);
const delta = async (engine: Engine) => {
  const { schema } = (await openArchive(await archive(engine))).header;
  const keys = [{ row: { id: 1, title: "one" } }, { row: { id: 2, title: "two" } }, { gone: [9] }];
  return keyedArchive({ kind: "delta", schema, tables: [{ table: "notes", keys }], keysPerFrame: 1 });
};
const document = async () => ({
  notes: [
    { id: 1, title: "one" },
    { id: 2, title: "two" },
  ],
});

const CASES: Case[] = [
  { title: "an archive", done: "readBack", target: NOTES, input: archive },
  {
    title: "an archive beside other rows",
    done: "readBack",
    target: [...NOTES, "INSERT INTO notes VALUES (2, 'old'), (9, 'nine')"],
    input: archive,
  },
  {
    title: "an archive of what changed",
    done: "readBack",
    target: [...NOTES, "INSERT INTO notes VALUES (2, 'old'), (9, 'nine')"],
    input: delta,
  },
  {
    title: "a mirror of what changed",
    done: "readBack",
    target: [...NOTES, "INSERT INTO notes VALUES (2, 'old'), (8, 'eight'), (9, 'nine')"],
    input: delta,
    options: { mode: "mirror" },
  },
  {
    title: "a mirror of what changed, whose deleted row comes again",
    done: "readBack",
    target: [...NOTES, "INSERT INTO notes VALUES (2, 'old'), (9, 'nine')"],
    input: delta,
    options: { mode: "mirror" },
    change: "INSERT INTO notes VALUES (9, 'again')",
  },
  {
    title: "an archive as a document of JSON",
    done: "readBack",
    target: NOTES,
    input: async (engine) => new Response(archiveToJson(await archive(engine))).text(),
  },
  {
    title: "an archive into a column of another type",
    done: "compared",
    target: ["CREATE TABLE notes (id INTEGER PRIMARY KEY, title BLOB UNIQUE)"],
    input: archive,
  },
  {
    title: "an archive of which a row is skipped",
    done: "compared",
    target: [...NOTES, "INSERT INTO notes VALUES (7, 'one')"],
    input: archive,
    options: { onConflict: "skip" },
  },
  { title: "a plain document", done: "compared", target: NOTES, input: document },
  {
    title: "a plain document into a table without a key",
    done: "unchecked",
    target: ["CREATE TABLE notes (id, title)"],
    input: document,
  },
  {
    title: "an archive in mode insert, all rows of it new",
    done: "readBack",
    target: [...NOTES, "INSERT INTO notes VALUES (9, 'nine')"],
    input: archive,
    options: { mode: "insert" },
  },
  {
    title: "an archive in mode insert, beside a row that stays",
    done: "unchecked",
    seen: true,
    target: [...NOTES, "INSERT INTO notes VALUES (1, 'another one')"],
    input: archive,
    options: { mode: "insert" },
  },
  {
    title: "a plain document in mode insert",
    done: "compared",
    target: NOTES,
    input: document,
    options: { mode: "insert" },
  },
];

/** Somebody changes a row, in the run's transaction ahead of its guards, or right behind the commit. */
function meddling(
  inner: Database,
  { when, change }: { when: "before the guards" | "after the commit"; change: string },
): Database {
  return {
    ...inner,
    async batch(statements) {
      if (!statements.some(({ sql }) => sql.includes("SET applied = applied + ")))
        return inner.batch(statements);
      if (when === "after the commit") {
        const results = await inner.batch(statements);
        await inner.query({ sql: change });
        return results;
      }
      const results = await inner.batch(withChange(statements, change));
      return results.filter((_, i) => i !== guardOf(statements));
    },
  };
}

function guardOf(statements: readonly Statement[]): number {
  const guard = statements.findIndex(({ sql }) => sql.startsWith("UPDATE _ferry_runs SET remaining = "));
  return guard < 0 ? statements.length - 1 : guard;
}

function withChange(statements: readonly Statement[], change: string): Statement[] {
  const at = guardOf(statements);
  return [...statements.slice(0, at), { sql: change }, ...statements.slice(at)];
}

/** What a run says of its own checks, and whether it is so: somebody changes a row, and the run finds out or not. */
export function describeVerification(name: string, engine: Engine): void {
  describe(`What a run says it has checked, on ${name}`, () => {
    const ofEach = (["readBack", "compared", "unchecked"] as const).flatMap((done) =>
      someOf(CASES.filter((one) => one.done === done)),
    );
    describe.each(ofEach)("$title", (one) => {
      const { done, seen = done !== "unchecked", target, input, options, change = CHANGE } = one;
      const start = async () => {
        const scene = await setScene(engine, target.slice(0, 1), target.slice(1));
        return { target: scene.target, source: await input(engine) };
      };

      test(`is ${done}`, async () => {
        const scene = await start();
        const report = await sceneOf(scene.target).sync(scene.source, options);
        const nothing = { readBack: [], compared: [], unchecked: [] };
        expect(report.verification).toEqual({ ...nothing, [done]: ["notes"] });
        expect(report.verified).toBe(done !== "unchecked");
      });

      test.each(["before the guards", "after the commit"] as const)("a change %s", async (when) => {
        const scene = await start();
        const run = sceneOf(meddling(scene.target, { when, change })).sync(scene.source, options);
        const outcome = await run.then(
          ({ status, verification }) => [status, verification?.changedSince?.notes ?? 0],
          ({ code }) => [code],
        );
        // Inside the transaction it is our fault; behind it somebody else's doing, which is counted.
        if (when === "before the guards")
          expect(outcome).toEqual(seen ? ["VERIFICATION_FAILED"] : ["completed", 0]);
        else expect(outcome).toEqual(["completed", done === "readBack" ? 1 : 0]);
      });
    });

    test("is said of each table", async () => {
      const schema = [...NOTES, "CREATE TABLE other (id INTEGER PRIMARY KEY, a)"];
      const scene = await setScene(engine, [...NOTES, "CREATE TABLE other (id INTEGER PRIMARY KEY, a TEXT)"]);
      const report = await scene.sync(
        await archiveFrom(engine, schema, [...ROWS, "INSERT INTO other VALUES (1, 'a')"]),
      );
      expect(report.verification).toEqual({ readBack: ["notes"], compared: ["other"], unchecked: [] });
      expect(tellVerification(report.verification!)).toBe(
        "read back and verified: notes; compared before the commit: other",
      );
    });
  });
}
