import type { Field } from "./contenders/contender.ts";
import { copySchema, readContents } from "./data/contents.ts";
import type { Dataset } from "./data/dataset.ts";
import type { BenchDirectory } from "./directory.ts";

/** Makes the data of one size, and the places of what the measures will write. */
export async function openField(
  root: BenchDirectory,
  dataset: Dataset,
  rows: number,
  bundle: string,
): Promise<Field> {
  const seed = root.path(`${dataset.name}-${rows}.sqlite`);
  await dataset.seed(seed, rows);
  const directory = await root.within(String(rows));
  const empty = directory.path("empty.sqlite");
  await copySchema(seed, empty);
  const contents = readContents(seed);
  return {
    rows: contents.rows,
    contents,
    seed,
    empty,
    archive: directory.path("archive.json.gz"),
    wranglerSql: directory.path("wrangler.sql"),
    archiveBytes: null,
    shellSql: directory.path("shell.sql"),
    directory,
    bundle,
  };
}
