/**
 * What a full-text table is made over (sqlite.org/fts5.html#external_content_and_contentless_tables):
 * `own` text, which it holds and gives back; another table's (`of`), from which it can be made again;
 * or text that is kept nowhere.
 */
export type Fts5 = { content: "own" } | { content: "external"; of: string } | Contentless;

export interface Contentless {
  content: "none";
  /** The index says of each term where it stands, so that texts of the same terms can be made from it. */
  placed: boolean;
  /** Single rows can be deleted. */
  deletes: boolean;
  /** Values of UNINDEXED columns are kept after all. */
  keepsUnindexed: boolean;
  /** The tokenizer and its options, as written; "" for the default. */
  tokenize: string;
}

/** Reads a CREATE VIRTUAL TABLE statement; null for another module than fts5. */
export function readFts5(sql: string): Fts5 | null {
  if (!/\bUSING\s+fts5\b/i.test(sql)) return null;
  const of = option(sql, "content");
  if (of === null) return { content: "own" };
  if (of !== "") return { content: "external", of };
  return {
    content: "none",
    placed: (option(sql, "detail") ?? "full").toLowerCase() === "full" && option(sql, "columnsize") !== "0",
    deletes: option(sql, "contentless_delete") === "1",
    keepsUnindexed: option(sql, "contentless_unindexed") === "1",
    tokenize: option(sql, "tokenize") ?? "",
  };
}

/** The value of `name = value` among a statement's arguments; null when it is not there. */
function option(sql: string, name: string): string | null {
  const value = `'((?:[^']|'')*)'|"((?:[^"]|"")*)"|\\[([^\\]]*)\\]|\`([^\`]*)\`|([^\\s,)]+)`;
  const found = new RegExp(`[(,]\\s*${name}\\s*=\\s*(?:${value})`, "i").exec(sql);
  if (found === null) return null;
  const text = found[1] ?? found[2] ?? found[3] ?? found[4] ?? found[5] ?? "";
  return text.replaceAll(/''|""/g, (pair) => pair[0] as string);
}
