import { expect, test } from "vitest";
import { twoFiles } from "./two-places.ts";

/* Keys that SQLite calls equal are of one row, whatever it is that makes them equal. */

const NUL = "char(0)";
/** Texts that a collation calls equal, as SQL. */
const ALIKE = [
  ["NOCASE", `'a' || ${NUL} || 'x'`, `'A' || ${NUL} || 'y'`],
  ["NOCASE", `'a' || ${NUL} || 'é'`, `'A' || ${NUL} || 'xy'`],
  ["NOCASE", "CAST(X'41FF' AS TEXT)", "CAST(X'61FF' AS TEXT)"],
  ["NOCASE", "CAST(X'4100FF' AS TEXT)", `'a' || ${NUL} || 'x'`],
  ["NOCASE", "CAST(X'FF0041' AS TEXT)", "CAST(X'FF0062' AS TEXT)"],
  ["RTRIM", "'a'", "'a  '"],
  ["RTRIM", "CAST(X'FF' AS TEXT)", "CAST(X'FF20' AS TEXT)"],
  ["RTRIM", `'a' || ${NUL}`, `'a' || ${NUL} || ' '`],
] as const;

test.each(ALIKE)("%s: %s and %s", async (collation, here, there) => {
  const schema = `CREATE TABLE t (k TEXT COLLATE ${collation} PRIMARY KEY, a, b) WITHOUT ROWID`;
  const places = await twoFiles({ schema, rows: `INSERT INTO t VALUES (${here}, 1, 1), ('z', 1, 1)` });
  const { push, pushed, pulled, found } = places;
  expect(found(`SELECT ${here} = ${there} COLLATE ${collation} AS alike`)).toEqual([{ alike: 1 }]);
  places.there(`UPDATE t SET k = ${there}, a = 2 WHERE k = ${there}`);
  places.here(`UPDATE t SET b = 3 WHERE k = ${here}`);
  expect((await pushed()).stderr).toContain("1 row that only the target has edited");
  expect(found(`SELECT hex(k) AS k, a, b FROM t WHERE k = ${here}`)).toEqual([
    { k: found(`SELECT hex(${there}) AS k`)[0]?.k, a: 2, b: 3 },
  ]);
  await pulled();
  expect((await pushed("--mode", "mirror")).stderr).toContain("Nothing to do");
  places.here("UPDATE t SET a = 4 WHERE b = 3");
  places.there("UPDATE t SET a = 5 WHERE b = 3");
  const stopped = await push();
  expect(stopped.code, stopped.stderr).toBe(3);
  expect(stopped.stderr).toContain("1 row was edited on both sides");
  await pushed("--on-edit", "theirs");
  expect((await pushed()).stderr).toContain("1 row that only the target has edited");
});
