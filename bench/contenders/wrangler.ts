import { readContents } from "../data/contents.ts";
import { databaseFile, placeDatabase } from "../data/place-database.ts";
import { createProject, wranglerExecute, wranglerExport, wranglerSelect } from "../peers/wrangler.ts";
import { type Contender, programSample } from "./contender.ts";

/** Wrangler on the local D1. Its start is in its seconds, as it is in its users'. */
export const wranglerExports: Contender = {
  name: "wrangler-export",
  label: "wrangler d1 export --local",
  direction: "export",
  async run({ directory, seed, wranglerSql }) {
    const project = await directory.fresh("wrangler-source");
    await placeDatabase(seed, await createProject(project));
    return programSample(await wranglerExport(project, wranglerSql));
  },
};

export const wranglerImports: Contender = {
  name: "wrangler-import",
  label: "wrangler d1 execute --local --file",
  direction: "import",
  async run({ directory, wranglerSql, contents }) {
    const project = await directory.fresh("wrangler-target");
    const state = await createProject(project);
    const run = await wranglerExecute(project, wranglerSql);
    // It bends some values, so only the rows are counted.
    const { rows } = readContents(await databaseFile(state));
    if (rows !== contents.rows) throw new Error(`wrangler imported ${rows} rows of ${contents.rows}`);
    return programSample(run, Number(/(\d+) commands? executed/.exec(run.stdout)?.[1] ?? Number.NaN) || null);
  },
};

/** What it takes to start and to stop: `SELECT 1`. */
export const wranglerStarts: Contender = {
  name: "wrangler-start",
  label: "wrangler d1 execute --local --command 'SELECT 1'",
  direction: "start",
  async run({ directory }) {
    const project = await directory.fresh("wrangler-start");
    await createProject(project);
    return programSample(await wranglerSelect(project));
  },
};
