import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";

test("The example of docs/testing.md is the one that is run", async () => {
  const page = await readFile("docs/testing.md", "utf8");
  const example = await readFile("test/testing/example.worker.test.ts", "utf8");
  const shown = /```ts\n(.*?)```/s.exec(page)?.[1];
  // The package's own name stands elsewhere among the imports.
  const imports = /^(?:import .*\n)+/;
  const code = example.replace("../../src/testing/index.ts", "d1-ferry/testing");
  expect(shown?.replace(imports, "")).toBe(code.replace(imports, ""));
  const importsOf = (code = "") => imports.exec(code)?.[0].split("\n").toSorted();
  expect(importsOf(shown)).toEqual(importsOf(code));
});
