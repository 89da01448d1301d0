import { readFts5 } from "../../database/fts5/definition.ts";
import type { LiveSchema, LiveTable } from "../../database/schema.ts";

/**
 * A row is known by its key, and a rowid that is no column gets another value at the target. A
 * full-text table that keeps its own text, or none, names rows by it; whose, SQLite does not know, so
 * all are named that may be meant. An index over a table (content='posts') is made again, and right.
 */
export function lostRowidNotes(schema: LiveSchema, chosen: readonly LiveTable[]): string[] {
  const keyed = chosen.filter(hasHiddenRowid).map(({ name }) => name);
  const searches = [...chosen, ...schema.others].filter(namesRowsByRowid).map(({ name }) => name);
  if (searches.length === 0 || keyed.length === 0) return [];
  return [
    `the rowids of ${keyed.join(", ")} are not carried, for the rows have another key: if ${searches.join(", ")} names rows by rowid, rebuild it at the target`,
  ];
}

function hasHiddenRowid({ kind, key, withoutRowid, rowidAlias }: LiveTable): boolean {
  return kind === "table" && key.kind === "primary" && !withoutRowid && rowidAlias === null;
}

function namesRowsByRowid({ sql }: { sql: string }): boolean {
  const fts5 = readFts5(sql);
  return fts5 !== null && fts5.content !== "external";
}
