import { describe, expect, test } from "vitest";
import { exportDatabase } from "../../src/sync/export/export-database.ts";
import { busyDatabase } from "../support/busy-database.ts";
import { byteSink } from "../support/bytes.ts";
import { execute } from "../support/engine.ts";
import { nodeEngine } from "../support/node-engine.ts";
import { withoutSize } from "../support/without-size.ts";
import { setScene } from "./scene.ts";

const SCHEMA = ["CREATE TABLE posts (id INTEGER PRIMARY KEY, stamp INT)"];

async function archive(writes: (call: number) => boolean) {
  const source = await nodeEngine.source();
  await execute(source, [...SCHEMA, "INSERT INTO posts VALUES (1, 0), (2, 0)"]);
  const change = (step: number) => [`UPDATE posts SET stamp = ${step + 1}`];
  const busy = withoutSize(busyDatabase(source, { writes, change }).database);
  let sink = byteSink();
  let report = await exportDatabase(busy, sink.write);
  while (!report.done) {
    if (report.again) sink = byteSink();
    report = await exportDatabase(busy, sink.write, { state: report.state });
  }
  return sink.source();
}

describe("A sync of an archive", () => {
  test.each([{ there: SCHEMA }, { there: [] }])(
    "that is not of one moment says so in its plan and its end, with tables there: $there",
    async ({ there }) => {
      const source = await archive(() => true);
      const scene = await setScene(nodeEngine, there);
      const options = { key: "sync-moment", create: true };
      const told = [expect.stringMatching(/^the archive is not of one moment: posts changed between /)];
      const planned = await scene.sync(source, { ...options, dryRun: true });
      expect(planned.status).toBe("planned");
      expect(planned.notes).toEqual(told);
      const report = await scene.sync(source, options);
      expect(report).toMatchObject({ status: "completed", verified: true });
      expect(report.notes).toEqual(told);
    },
  );

  test("that is of one moment says nothing", async () => {
    const scene = await setScene(nodeEngine, SCHEMA);
    const report = await scene.sync(await archive(() => false));
    expect(report).toMatchObject({ status: "completed", notes: [] });
  });
});
