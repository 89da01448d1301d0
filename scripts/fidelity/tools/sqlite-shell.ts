import { join } from "node:path";
import { makeCases, open } from "../observe.ts";
import { runProgram } from "../program.ts";
import type { Tool } from "../tool.ts";

/** `sqlite3 source.sqlite .dump | sqlite3 target.sqlite` */
export const sqliteShell: Tool = {
  id: "sqlite-shell",
  title: "sqlite3 .dump",
  goesOn: true,
  async version() {
    try {
      const { stdout } = await runProgram("sqlite3", ["--version"], { cwd: process.cwd() });
      return stdout.split(" ")[0] ?? null;
    } catch {
      return null;
    }
  },
  async carry(cases, folder) {
    const path = join(folder, "source.sqlite");
    const source = open(path);
    makeCases(source, cases);
    source.close();
    const target = join(folder, "target.sqlite");
    const dump = join(folder, "dump.sql");
    const options = { cwd: folder };
    const dumped = await runProgram("sqlite3", [path, ".dump"], { ...options, output: dump });
    const read = await runProgram("sqlite3", [target], { ...options, input: dump });
    const said = `${dumped.stderr}${read.stderr}`.trim().split("\n")[0];
    const failed = dumped.code !== 0 || read.code !== 0 || said !== "";
    return {
      error: failed ? said || `exit code ${read.code}` : null,
      places: [{ name: "file", path: target }],
    };
  },
};
