import { describe, expect, test } from "vitest";
import { carriers } from "../../bench/changes/beside/contenders.ts";
import { besideAbout, besideGrid } from "../../bench/changes/beside/run.ts";
import { bytesTold, findTools } from "../../bench/peers/sqlite-tools.ts";

describe("pushes beside SQLite's own programs", () => {
  test("leave out what is not there, and say what would be needed", () => {
    const tools = findTools({ sqldiff: "/no/such/sqldiff", rsync: "/no/such/rsync" });
    expect(tools).toMatchObject({ sqldiff: null, rsync: null });
    const { found, missing } = carriers({ ...tools, shell: null }, "worker.mjs");
    expect(found.map(({ name }) => name)).toEqual([
      "d1-ferry push, a file to an app",
      "d1-ferry push, a file to a file",
    ]);
    expect(missing).toEqual(["sqldiff: --sqldiff names it", "sqlite3_rsync: --sqlite3-rsync names it"]);
    expect(carriers({ sqldiff: "sqldiff", rsync: "rsync", shell: null }, "").missing).toEqual([
      "sqldiff: the sqlite3 shell runs what it writes",
    ]);
  });

  test("count what sqlite3_rsync says it sent, both ways", () => {
    const stdout =
      "sent 45,270 bytes, received 10,878 bytes, 137,955.77 bytes/sec\ntotal size 24,293,376  speedup is 432.67\n";
    expect(bytesTold({ stdout })).toBe(56_148);
    expect(() => bytesTold({ stdout: "" })).toThrow("did not say what it sent");
  });

  test("are told in seconds and kilobytes, where bytes are sent", () => {
    const beside = {
      ...{
        rows: 50_000,
        bytes: 90e6,
        machine: "A machine",
        missing: ["sqldiff: …"],
        pairs: ["nothing changed"],
      },
      carried: [{ name: "a file to a file", results: [{ seconds: 1.5, cpuSeconds: 1.25, bytes: null }] }],
    };
    expect(besideGrid(beside)).toEqual({
      names: ["", "nothing changed, s", "CPU s", "kB sent"],
      rows: [["a file to a file", "1.50", "1.25", "–"]],
    });
    expect(besideAbout(beside)).toBe(
      "50,000 posts, 90 MB. A machine. Left out, for it was not there: sqldiff: ….",
    );
  });
});
