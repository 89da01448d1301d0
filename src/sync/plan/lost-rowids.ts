import { readFts5 } from "../../database/fts5/definition.ts";
import { hiddenRowid, type LiveSchema } from "../../database/schema.ts";
import type { Plan } from "../run/index.ts";
import type { Staged, StagedTable } from "../stage/index.ts";

/**
 * A rowid that is no column is carried into a table that is empty; into any other, new rows get rowids of
 * its own. A full-text table that keeps its own text, or none, names rows by rowid; whose, SQLite does not know,
 * so all are named that may be meant. An index over a table (content='posts') is made again, and right.
 */
export function lostRowidNotes(schema: LiveSchema, staged: Staged, plan: Plan): string[] {
  const tables = staged.tables.filter((table) => losesRowids(table, plan)).map(({ table }) => table.name);
  const searches = [...schema.tables.values(), ...schema.others]
    .filter(namesRowsByRowid)
    .map(({ name }) => name);
  if (searches.length === 0 || tables.length === 0) return [];
  return [
    `new rows of ${tables.join(", ")} get other rowids than they have in the source: if ${searches.join(", ")} names rows by rowid, rebuild it at the target`,
  ];
}

function losesRowids({ table, shapes }: StagedTable, { tables }: Plan): boolean {
  const rowid = hiddenRowid(table);
  const own = tables[table.name];
  if (rowid === null || own === undefined || own.inserted === 0) return false;
  return own.live > 0 || shapes.some(({ columns }) => !columns.includes(rowid));
}

function namesRowsByRowid({ sql }: { sql: string }): boolean {
  const fts5 = readFts5(sql);
  return fts5 !== null && fts5.content !== "external";
}
