import { expect, test } from "vitest";
import { archiveOf, drive, execute, newRunKey } from "../../support/engine.ts";
import { nodeEngine } from "../../support/node-engine.ts";

test("A run that was refused for its version goes on under the version that the refusal names", async () => {
  const schema = ["CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)"];
  const source = await nodeEngine.source();
  await execute(source, [...schema, "INSERT INTO t VALUES (1, 'a')"]);
  const target = await nodeEngine.target();
  await execute(target, schema);
  await drive(target, await archiveOf(source), newRunKey());
  await execute(source, ["UPDATE t SET v = 'b'"]);
  const [archive, key] = [await archiveOf(source), newRunKey()];
  const refusal = await drive(target, archive, key).catch((error) => error);
  expect(refusal).toMatchObject({ code: "VERSION_TAKEN", details: { nextVersion: 2 } });
  const report = await drive(target, archive, key, { version: refusal.details.nextVersion });
  expect(report).toMatchObject({ status: "completed", version: 2, results: { t: { updated: 1 } } });
});
