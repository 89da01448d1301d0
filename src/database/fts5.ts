/**
 * What a full-text table is made over (sqlite.org/fts5.html#external_content_and_contentless_tables):
 * `own` text, which it holds and gives back; another table's (`of`), from which it can be made again;
 * or text that is kept nowhere.
 */
export type Fts5 = { content: "own" } | { content: "external"; of: string } | { content: "none" };

/** Reads a CREATE VIRTUAL TABLE statement; null for another module than fts5. */
export function readFts5(sql: string): Fts5 | null {
  if (!/\bUSING\s+fts5\b/i.test(sql)) return null;
  const option =
    /[(,]\s*content\s*=\s*(?:'((?:[^']|'')*)'|"((?:[^"]|"")*)"|\[([^\]]*)\]|`([^`]*)`|([^\s,)]+))/i.exec(sql);
  if (option === null) return { content: "own" };
  const of = (option[1] ?? option[2] ?? option[3] ?? option[4] ?? option[5] ?? "").replaceAll(
    /''|""/g,
    (pair) => pair[0] as string,
  );
  return of === "" ? { content: "none" } : { content: "external", of };
}
