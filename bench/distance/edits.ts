/** What an edit sets, by table: something that no row had before. */
const EDITS = {
  authors: "display_name",
  content_items: "title",
  engagement_snapshots: "score",
  insight_generations: "summary",
  insights: "title",
  roundups: "title",
  roundup_items: "headline",
} as const;

/** Statements that change every `each`-th row of the example app's tables; 1 for all of them. */
export function editEach(each: number): string[] {
  return Object.entries(EDITS).map(([table, column]) => {
    const value = column === "score" ? `score + ${each}` : `'Edited, one of ${each}: ' || id`;
    return `UPDATE ${table} SET ${column} = ${value} WHERE id % ${each} = 0`;
  });
}
