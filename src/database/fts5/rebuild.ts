import type { OtherSchema } from "../../archive/types.ts";
import type { Statement } from "../port.ts";
import type { LiveSchema } from "../schema.ts";
import { quote } from "../sql/syntax.ts";
import { readFts5 } from "./definition.ts";

/**
 * Makes the full-text indexes over these tables again from their text. Their triggers were suspended. `where` is a
 * condition that it is done under.
 */
export function rebuildStatements(
  { others }: Pick<LiveSchema, "others">,
  tables: readonly string[],
  where?: Statement,
): Statement[] {
  return others
    .filter(({ type, table }) => type === "virtual" && tables.includes(table))
    .flatMap((object) => rebuildStatement(object, where));
}

/** Nothing for an index whose text is kept nowhere. */
export function rebuildStatement({ name, sql }: OtherSchema, where?: Statement): Statement[] {
  if (readFts5(sql)?.content !== "external") return [];
  const condition = where === undefined ? "" : ` WHERE ${where.sql}`;
  return [{ ...where, sql: `INSERT INTO ${quote(name)} (${quote(name)}) SELECT 'rebuild'${condition}` }];
}
