import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { type ProgramRun, runProgram } from "../measure/program.ts";

export interface SqlitePeer {
  /** "sqlite3 3.46.1" or "node:sqlite". */
  name: string;
  /** A database as SQL text. */
  dump(sqlite: string, sql: string): Promise<ProgramRun>;
  /** SQL text into a database that is not there yet, in one transaction. */
  load(sql: string, sqlite: string): Promise<ProgramRun>;
}

/** SQLite's own shell; where there is none, node:sqlite doing the same. */
export function sqlitePeer(): SqlitePeer {
  const { status, stdout } = spawnSync("sqlite3", ["--version"], { encoding: "utf8" });
  if (status !== 0) return nodePeer();
  return {
    name: `sqlite3 ${stdout.split(" ")[0]}`,
    dump: (sqlite, sql) => runProgram("sqlite3", [sqlite, ".dump"], { output: sql }),
    // A dump begins and commits its transaction itself.
    load: (sql, sqlite) => runProgram("sqlite3", [sqlite], { input: sql }),
  };
}

function nodePeer(): SqlitePeer {
  const script = fileURLToPath(new URL("node-sqlite.ts", import.meta.url));
  return {
    name: "node:sqlite",
    dump: (sqlite, sql) => runProgram(process.execPath, [script, "dump", sqlite], { output: sql }),
    load: (sql, sqlite) => runProgram(process.execPath, [script, "load", sqlite], { input: sql }),
  };
}
