import type { OtherSchema } from "../../archive/types.ts";
import type { Statement } from "../port.ts";
import type { LiveSchema } from "../schema.ts";
import { quote } from "../sql/syntax.ts";
import { readFts5 } from "./definition.ts";

/** Makes the full-text indexes over these tables again from their text. Their triggers were suspended. */
export function rebuildStatements(
  { others }: Pick<LiveSchema, "others">,
  tables: readonly string[],
): Statement[] {
  return others
    .filter(({ type, table }) => type === "virtual" && tables.includes(table))
    .flatMap(rebuildStatement);
}

/** Nothing for an index whose text is kept nowhere. */
export function rebuildStatement({ name, sql }: OtherSchema): Statement[] {
  if (readFts5(sql)?.content !== "external") return [];
  return [{ sql: `INSERT INTO ${quote(name)} (${quote(name)}) VALUES ('rebuild')` }];
}
