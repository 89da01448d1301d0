import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { exampleFolder } from "./fresh-app.ts";

/** What `d1-ferry init --json` prints, as far as it is read here. */
export interface InitResult {
  success: boolean;
  framework: string;
  changes: { path: string; diff: string }[];
  snippets: { path: string; where: string; code: string }[];
  notes: string[];
}

/**
 * Holds what init wrote into the fresh app to `init.diff` beside the example, which readers take for what they get.
 * With `write` it is renewed.
 */
export async function checkInitDiff(name: string, result: InitResult, { write }: { write: boolean }) {
  const path = join(exampleFolder(name), "init.diff");
  const text = `${result.changes.map(({ diff }) => diff).join("\n\n")}\n`;
  if (write) return writeFile(path, text);
  const kept = await readFile(path, "utf8").catch(() => "");
  if (kept === text) return;
  throw new Error(
    `init writes something else than examples/${name}/init.diff says, which npm run frameworks -- --write renews:\n${text}`,
  );
}
