import { rm } from "node:fs/promises";
import { DatabaseSync } from "node:sqlite";
import { type Contents, copySchema, readContents } from "../../data/contents.ts";
import { seedPosts } from "../../data/posts.ts";
import type { BenchDirectory } from "../../directory.ts";

/** Two files, and what the second has to hold in the end. */
export interface Pair {
  name: string;
  source: string;
  /** As it is before; whoever writes takes a copy. */
  target: string;
  contents: Contents;
}

/** Of how many rows one is changed where little is. */
const FEW = 1_000;

/** Posts, the same posts edited, and the three targets that they are carried into. */
export async function makePairs(directory: BenchDirectory, rows: number): Promise<Pair[]> {
  const [old, edited, empty] = ["posts", "edited", "empty"].map((name) =>
    directory.path(`${name}-${rows}.sqlite`),
  );
  await seedPosts(old as string, { rows });
  await rm(edited as string, { force: true });
  await directory.copy(old as string, edited as string);
  const database = new DatabaseSync(edited as string);
  database.exec(`UPDATE posts SET body = 'Edited. ' || body, score = score + 1 WHERE id % ${FEW} = 0`);
  database.close();
  await copySchema(old as string, empty as string);
  const [before, after] = [readContents(old as string), readContents(edited as string)];
  return [
    { name: "first push", source: old as string, target: empty as string, contents: before },
    { name: "nothing changed", source: old as string, target: old as string, contents: before },
    { name: "0.1 % changed", source: edited as string, target: old as string, contents: after },
  ];
}
