import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Bytes } from "../../src/bytes.ts";
import { sqliteDatabase } from "../../src/database/node-sqlite.ts";
import { utf8 } from "../archive/support/sources.ts";
import { type Look, look } from "../property/look.ts";
import { once, sampled } from "../support/cases.ts";
import { runCli, workDirectory } from "../support/cli.ts";
import { byteChanges, changeBytes, changeJson, jsonChanges } from "./mutations.ts";
import { makeSubject, TARGET } from "./subject.ts";

const subject = await makeSubject();
const cwd = await workDirectory();
const CASES = 12;

const files = fc.oneof(
  byteChanges.map((changes): Bytes => changeBytes(subject.archive, changes)),
  jsonChanges.map(
    (changes): Bytes => utf8(JSON.stringify(changeJson(JSON.parse(subject.json), changes)) ?? ""),
  ),
);

test(
  "import of any altered file ends with a sentence and a code, and changes nothing when it fails",
  once(CASES * 10),
  async () => {
    let number = 0;
    await fc.assert(
      fc.asyncProperty(files, async (file) => {
        const [document, target] = [join(cwd, `${++number}.json.gz`), join(cwd, `${number}.sqlite`)];
        await writeFile(document, file);
        const before = await lookAt(target, TARGET);
        const { code, stderr } = await runCli(["import", document, "--to", target, "--yes"], { cwd });
        // 2: what is no document at all, by its first bytes.
        expect([0, 1, 2], stderr).toContain(code);
        expect(stderr).not.toMatch(/INTERNAL|\n\s+at |TypeError|RangeError|SyntaxError|Unhandled/);
        if (code !== 0) {
          expect(stderr).toMatch(/[A-Z]+_[A-Z]+|UNSUPPORTED|USAGE/);
          expect(await lookAt(target)).toEqual(before);
        }
      }),
      sampled(CASES),
    );
  },
);

async function lookAt(path: string, statements: readonly string[] = []): Promise<Look> {
  const sqlite = new DatabaseSync(path);
  try {
    for (const sql of statements) sqlite.exec(sql);
    return await look(sqliteDatabase(sqlite));
  } finally {
    sqlite.close();
  }
}
