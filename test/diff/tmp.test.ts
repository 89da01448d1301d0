import { copyFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { test } from "vitest";
import { sqliteDatabase } from "../../src/database/node-sqlite.ts";
import { comparePlaces, databasePlace } from "../../src/diff/index.ts";

test("x", async () => {
  const path = process.env.DB as string;
  copyFileSync(path, "/tmp/dA.sqlite");
  copyFileSync(path, "/tmp/dB.sqlite");
  const a = new DatabaseSync("/tmp/dA.sqlite");
  const b = new DatabaseSync("/tmp/dB.sqlite");
  b.exec(process.env.EDIT as string);
  const pa = databasePlace(sqliteDatabase(a));
  const pb = databasePlace(sqliteDatabase(b));
  let bytes = 0,
    calls = 0;
  const spy = (p: typeof pa) => ({
    ...p,
    ask: async (q: any, s: string) => {
      const an = await p.ask(q, s);
      bytes += JSON.stringify(q).length + JSON.stringify(an).length;
      calls++;
      return an;
    },
  });
  const t = performance.now();
  const rows: any[] = [];
  const found = await comparePlaces(pa, spy(pb), { onRow: (r) => void rows.push(r) });
  console.log(found, rows.slice(0, 5), rows.length, { bytes, calls, ms: performance.now() - t });
});
