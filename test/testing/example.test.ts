import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";

test("The example of docs/testing.md is the one that is run", async () => {
  const page = await readFile("docs/testing.md", "utf8");
  const example = await readFile("test/testing/example.worker.test.ts", "utf8");
  const shown = /```ts\n(.*?)```/s.exec(page)?.[1];
  const sorted = (code: string | undefined) =>
    code?.replace("../../src/testing/index.ts", "d1-ferry/testing").split("\n").sort();
  expect(sorted(shown)).toEqual(sorted(example));
});
