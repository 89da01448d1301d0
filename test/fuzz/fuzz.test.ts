import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import type { Bytes } from "../../src/bytes.ts";
import { utf8 } from "../archive/support/sources.ts";
import type { ImportOptions } from "../property/side.ts";
import { once, sampled } from "../support/cases.ts";
import { honestReading } from "./honest-reading.ts";
import { byteChanges, changeBytes, changeJson, changeList, jsonChanges, listChanges } from "./mutations.ts";
import { createJudge } from "./outcome.ts";
import { assemble, makeSubject, withIndex } from "./subject.ts";

const subject = await makeSubject();
const { judge, side } = await createJudge();
afterAll(() => side.close());

const modes: ImportOptions[] = [
  {},
  { mode: "mirror" },
  { atomic: "never", statements: 60 },
  { mode: "insert" },
];
const anyMode = fc.constantFrom(...modes);
/** What the archive itself makes of the target, in each mode. */
const expected = new Map<ImportOptions, unknown>();
for (const mode of modes) {
  const { code, after } = await judge(subject.archive, mode);
  expect(code).toBe("completed");
  expected.set(mode, after);
}

/** Either the file says what the archive says, or it is refused. */
async function isSameOrRefused(file: Bytes, mode: ImportOptions): Promise<void> {
  const { code, after } = await judge(file, mode);
  expect(code).not.toBe("VERIFICATION_FAILED");
  if (code === "completed") expect(after).toEqual(expected.get(mode));
}

/**
 * A document of its own: what it makes of the target is what JSON.parse reads in it, or it is refused.
 * An archive whose frames are not written as the format says (other spaces, other order) arrives as it
 * stands as well; that its hashes are not those of the rows is then told as an error.
 */
async function isReadAsItStands(text: string, file: Bytes): Promise<void> {
  const { stands, after } = await judge(file);
  if (!stands) return;
  const reading = await honestReading(text);
  expect(reading, `read what nobody can read:\n${text}`).not.toBeNull();
  // A sequence may be ahead of the rows.
  expect({ ...after, sequences: [] }, text).toEqual({ ...reading, sequences: [] });
}

const CASES = 150;

describe("An archive", () => {
  test("with any bytes changed is the same or refused", once(CASES), async () => {
    await fc.assert(
      fc.asyncProperty(byteChanges, anyMode, (changes, mode) =>
        isSameOrRefused(changeBytes(subject.archive, changes), mode),
      ),
      sampled(CASES),
    );
  });

  test("with gzip members moved, left out or repeated is the same or refused", once(CASES), async () => {
    await fc.assert(
      fc.asyncProperty(listChanges, anyMode, async (changes, mode) =>
        isSameOrRefused(await new Blob(changeList(subject.members, changes)).bytes(), mode),
      ),
      sampled(CASES),
    );
  });

  test(
    "with frames moved, left out or repeated, and an index to match, is the same or refused",
    once(CASES),
    async () => {
      await fc.assert(
        fc.asyncProperty(listChanges, anyMode, async (changes, mode) => {
          const frames = changeList(subject.frames, changes);
          const { code, after } = await judge(await assemble({ header: subject.header, frames }), mode);
          const tables = new Set(frames.map(({ entry }) => entry.table));
          // All of some tables is a document of its own: whole runs of frames, each in its order.
          const whole =
            subject.frames.filter(({ entry }) => tables.has(entry.table)).length === frames.length;
          if (code === "completed" && tables.size === 4) expect(after).toEqual(expected.get(mode));
          if (code === "completed") expect(whole).toBe(true);
        }),
        sampled(CASES),
      );
    },
  );

  test("with an altered index is the same or refused", once(CASES), async () => {
    const entries = subject.frames.map(({ entry }) => entry);
    await fc.assert(
      fc.asyncProperty(jsonChanges, anyMode, async (changes, mode) => {
        const index = changeJson(entries, changes);
        await isSameOrRefused(await withIndex(subject, Array.isArray(index) ? index : [index]), mode);
      }),
      sampled(CASES),
    );
  });

  test("with an altered header and schema brings the same rows or is refused", once(CASES), async () => {
    await fc.assert(
      fc.asyncProperty(jsonChanges, anyMode, async (changes, mode) => {
        const header = changeJson(subject.header, changes);
        const { code, after } = await judge(await assemble({ header, frames: subject.frames }), mode);
        if (code !== "completed") return;
        // Only where a sequence stands is the header's to say.
        const same = expected.get(mode) as typeof after;
        expect({ ...after, sequences: [] }).toEqual({ ...same, sequences: [] });
      }),
      sampled(CASES),
    );
  });

  test(
    "that makes the tables, with an altered schema, leaves the target's own alone",
    once(CASES),
    async () => {
      await fc.assert(
        fc.asyncProperty(jsonChanges, async (changes) => {
          const header = changeJson(subject.header, changes);
          const file = await assemble({ header, frames: subject.frames });
          const own = [
            "CREATE TABLE mine (id INTEGER PRIMARY KEY)",
            "INSERT INTO mine VALUES (1), (2)",
            "CREATE INDEX my_index ON mine (id)",
          ];
          await side.fill(own);
          const before = await side.look();
          const outcome = await side.import(file, { create: "all" });
          const after = await side.look();
          if (outcome.status === "refused") {
            expect(["INTERNAL", null]).not.toContain(outcome.code);
            // Rows may be right and not as the altered schema has them: that is told, and they stay.
            const stands =
              outcome.code === "VERIFICATION_FAILED" && outcome.message.includes("The rows were written");
            if (!stands) expect(after, outcome.message).toEqual(before);
          }
          expect(after.tables.mine).toEqual(before.tables.mine);
          expect(after.schema).toEqual(expect.arrayContaining(before.schema));
        }),
        sampled(CASES),
      );
    },
  );

  test(
    "with altered rows, and checksums to match, is read as it stands or refused",
    once(CASES),
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.nat(100), byteChanges, async (at, changes) => {
          const frames = subject.frames.map((frame, i) =>
            i === at % subject.frames.length
              ? { ...frame, text: new TextDecoder().decode(changeBytes(utf8(frame.text), changes)) }
              : frame,
          );
          const file = await assemble({ header: subject.header, frames, honest: true });
          const data = Map.groupBy(frames, ({ entry }) => entry.table);
          const tables = [...data].map(
            ([table, parts]) =>
              `${JSON.stringify(table)}:[${parts
                .map(({ text }) => text)
                .filter((text) => /[^ \t\n\r]/.test(text))
                .join(",")}]`,
          );
          await isReadAsItStands(`{"data":{${tables.join(",")}}}`, file);
        }),
        sampled(CASES),
      );
    },
  );
});

describe("A plain document", () => {
  const { frames: _, ...bare } = JSON.parse(subject.json) as Record<string, unknown>;
  const documents = {
    "with an index": JSON.parse(subject.json) as unknown,
    "without one": bare,
    "of rows alone": { data: bare.data },
  };

  test.each(Object.entries(documents))(
    "%s, altered anywhere, is read as it stands or refused",
    once(CASES),
    async (_name, document) => {
      await fc.assert(
        fc.asyncProperty(jsonChanges, fc.constantFrom(undefined, 1), async (changes, space) => {
          const text = JSON.stringify(changeJson(document, changes), null, space) ?? "null";
          await isReadAsItStands(text, utf8(text));
        }),
        sampled(CASES),
      );
    },
  );

  test.each(Object.entries(documents))(
    "%s, with any bytes changed, is read as it stands or refused",
    once(CASES),
    async (_name, document) => {
      const whole = utf8(JSON.stringify(document));
      await fc.assert(
        fc.asyncProperty(byteChanges, async (changes) => {
          const file = changeBytes(whole, changes);
          await isReadAsItStands(new TextDecoder().decode(file), file);
        }),
        sampled(CASES),
      );
    },
  );
});
