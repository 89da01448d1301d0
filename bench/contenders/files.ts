import { fileURLToPath } from "node:url";
import { assertSame } from "../data/contents.ts";
import { type ProgramRun, runProgram } from "../measure/program.ts";
import { type Contender, programSample } from "./contender.ts";

const CLI = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));

/** The command line on SQLite files, where there is no workerd in between. */
export const filesExport: Contender = {
  name: "files-export",
  label: "d1-ferry export of a SQLite file",
  direction: "export",
  async run({ directory, seed }) {
    const folder = await directory.fresh("files-export");
    return programSample(await ferry(folder, "export", seed, "-o", `${folder}/archive.json.gz`));
  },
};

export const filesImport: Contender = {
  name: "files-import",
  label: "d1-ferry import into a SQLite file",
  direction: "import",
  async run({ directory, archive, empty, contents }) {
    const folder = await directory.fresh("files-import");
    const target = `${folder}/target.sqlite`;
    await directory.copy(empty, target);
    const run = await ferry(folder, "import", archive, "--to", target, "--yes");
    assertSame(target, contents, filesImport.label);
    return programSample(run);
  },
};

function ferry(cwd: string, ...args: string[]): Promise<ProgramRun> {
  return runProgram(process.execPath, [CLI, ...args, "--json"], { cwd });
}
