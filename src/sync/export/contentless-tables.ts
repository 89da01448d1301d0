import type { TableSchema } from "../../archive/types.ts";
import { hasTerms } from "../../database/fts5/contentless-rows.ts";
import { proveTerms } from "../../database/fts5/tokenizer-proof.ts";
import type { Database } from "../../database/port.ts";
import type { LiveTable } from "../../database/schema.ts";

/** Of full-text tables that keep no text. */
export interface Terms {
  /** By table, the words for those of its terms that do not stand for themselves. */
  words: Map<string, NonNullable<TableSchema["words"]>>;
  /** By table, why it cannot be made again. */
  empty: Map<string, string>;
}

export const NO_TERMS: Terms = { words: new Map(), empty: new Map() };

export async function proveAll(database: Database, tables: readonly LiveTable[]): Promise<Terms> {
  const terms: Terms = { words: new Map(), empty: new Map() };
  for (const table of tables.filter(hasTerms)) {
    const proof = await proveTerms(database, table);
    if ("reason" in proof) terms.empty.set(table.name, proof.reason);
    else terms.words.set(table.name, proof.words);
  }
  return terms;
}
