import { makeAuthors, tallyAuthors } from "./data/authors.js";
import { makeItems, makeSnapshots } from "./data/content.js";
import { makeGenerations, makeInsights } from "./data/insights.js";
import { createRandom } from "./data/random.js";
import { makeRoundupItems, makeRoundups } from "./data/roundups.js";

/** Rows per table at scale 1, in an order in which foreign keys can be filled. */
export const COUNTS = Object.freeze({
  authors: 7014,
  content_items: 9252,
  engagement_snapshots: 9098,
  insight_generations: 7,
  insights: 148,
  roundups: 1,
  roundup_items: 17,
});

/**
 * The community's data, one table of one block at a time: scale N is N blocks, each with the rows of COUNTS
 * and ids of its own, so memory stays that of one block. The same seed and block give the same rows whatever
 * the scale. Rows are objects by column name, every row of a table with the same columns in the same order.
 */
export function* generate({ scale = 1, seed = 20250106 } = {}) {
  if (!Number.isInteger(scale) || scale < 1)
    throw new RangeError(`scale must be a whole number from 1, not ${scale}`);
  for (let block = 0; block < scale; block += 1) yield* generateBlock(block, seed);
}

function* generateBlock(block, seed) {
  const random = createRandom(seed + block * 7919);
  const first = (table) => block * COUNTS[table] + 1;

  const authors = makeAuthors(random, first("authors"), COUNTS.authors);
  const items = makeItems(random, first("content_items"), COUNTS.content_items, authors);
  tallyAuthors(authors, items);
  yield { table: "authors", rows: authors };
  yield { table: "content_items", rows: items };

  const snapshots = COUNTS.engagement_snapshots;
  yield {
    table: "engagement_snapshots",
    rows: makeSnapshots(random, first("engagement_snapshots"), snapshots, items),
  };

  const generations = makeGenerations(random, first("insight_generations"), COUNTS.insight_generations);
  yield { table: "insight_generations", rows: generations };
  yield {
    table: "insights",
    rows: makeInsights(random, first("insights"), COUNTS.insights, generations, items),
  };

  const roundups = makeRoundups(first("roundups"), COUNTS.roundups);
  yield { table: "roundups", rows: roundups };
  yield {
    table: "roundup_items",
    rows: makeRoundupItems(first("roundup_items"), COUNTS.roundup_items, roundups, items),
  };
}
