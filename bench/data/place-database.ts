import { copyFile, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { Miniflare } from "miniflare";
import { DATABASE_ID } from "../worker/start.ts";

/** Makes a SQLite file the content of the local D1 in `state`, which has none yet. */
export async function placeDatabase(sqlite: string, state: string): Promise<void> {
  await createDatabase(state);
  const main = await databaseFile(state);
  for (const beside of ["", "-wal", "-shm"]) await rm(main + beside, { force: true });
  await copyFile(sqlite, main);
}

/** The SQLite file of the local D1 in `state`. */
export async function databaseFile(state: string): Promise<string> {
  const folder = join(state, "d1", "miniflare-D1DatabaseObject");
  const main = (await readdir(folder)).find((name) => /^[0-9a-f]{64}\.sqlite$/.test(name));
  if (main === undefined) throw new Error(`No D1 database in ${folder}`);
  return join(folder, main);
}

/** A D1 names its file itself, when it is written to. */
async function createDatabase(state: string): Promise<void> {
  const contents = `export default { fetch: (_, env) => env.DB.exec("CREATE TABLE t (x)").then(() => new Response()) }`;
  const miniflare = new Miniflare({
    cf: false,
    resourcePersistencePath: state,
    workers: [
      {
        config: {
          name: "make-database",
          compatibilityDate: "2026-10-01",
          env: { DB: { type: "d1", id: DATABASE_ID } },
          manifest: { mainModule: "index.mjs", modules: { "index.mjs": { type: "esm", contents } } },
        },
      },
    ],
  });
  try {
    const response = await miniflare.dispatchFetch("http://localhost/");
    if (!response.ok) throw new Error(`The local D1 could not be made: ${await response.text()}`);
  } finally {
    await miniflare.dispose();
  }
}
