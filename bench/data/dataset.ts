import { COMMUNITY_ROWS, seedCommunity } from "./community.ts";
import { seedPosts } from "./posts.ts";

/** What is moved. */
export interface Dataset {
  name: DatasetName;
  about: string;
  /** Rows that are measured unless the user says otherwise. */
  sizes: readonly number[];
  /** A SQLite file with so many rows. One that is there already is taken. */
  seed(path: string, rows: number): Promise<void>;
}

export type DatasetName = "posts" | "community";

export const DATASETS: Readonly<Record<DatasetName, Dataset>> = {
  posts: {
    name: "posts",
    about: "posts (id, title, 1.7 KB body, author, score, date; index on author)",
    sizes: [10_000, 50_000, 200_000],
    seed: (path, rows) => seedPosts(path, { rows }),
  },
  community: {
    name: "community",
    about: "the example app's seven tables, 15 indexes on the widest",
    sizes: [COMMUNITY_ROWS, 4 * COMMUNITY_ROWS],
    seed: seedCommunity,
  },
};
