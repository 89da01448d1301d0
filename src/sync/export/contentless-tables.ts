import type { TableSchema } from "../../archive/types.ts";
import { hasTerms } from "../../database/fts5/contentless-rows.ts";
import { proveTerms } from "../../database/fts5/tokenizer-proof.ts";
import type { Database } from "../../database/port.ts";
import type { LiveTable } from "../../database/schema.ts";

/** Of full-text tables that keep no text. */
export interface ContentlessTables {
  /** By table, the words for those of its terms that do not stand for themselves. */
  words: Map<string, NonNullable<TableSchema["words"]>>;
  /** By table, why it cannot be made again. */
  carriedEmpty: Map<string, string>;
}

export const NO_CONTENTLESS_TABLES: ContentlessTables = { words: new Map(), carriedEmpty: new Map() };

export async function proveContentless(
  database: Database,
  tables: readonly LiveTable[],
): Promise<ContentlessTables> {
  const found: ContentlessTables = { words: new Map(), carriedEmpty: new Map() };
  for (const table of tables.filter(hasTerms)) {
    const proof = await proveTerms(database, table);
    if ("reason" in proof) found.carriedEmpty.set(table.name, proof.reason);
    else found.words.set(table.name, proof.words);
  }
  return found;
}
