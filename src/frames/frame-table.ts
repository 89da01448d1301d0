import { type Affinity, affinityOf } from "../database/affinity.ts";
import { type CellColumn, cellColumns } from "../database/cells.ts";
import { hasTerms, type TermsTable } from "../database/fts5/contentless-rows.ts";
import { hiddenRowid, type LiveTable } from "../database/schema.ts";
import { rowSize } from "../database/sql/row-size.ts";
import { foldCase } from "../names.ts";

/** A table as its frames see it: which columns, ordered by which key. */
export interface FrameTable {
  name: string;
  /** The key's columns; a rowid that is no column stands first in `columns` too. */
  key: string[];
  columns: CellColumn[];
  /** The name of the rowid, where it is no column and travels beside the rows. @default none */
  rowid?: string;
  /** Set for a full-text table whose rows are made from its index. */
  terms?: TermsTable;
}

/** The carried columns of a table: the rowid where it is the key, then every column that is stored by INSERT. */
export function frameTable(table: LiveTable): FrameTable {
  const stored = table.columns.filter(({ generated }) => generated === null);
  const columns = cellColumns(stored, table);
  const hidden = hiddenRowid(table);
  const rowid = table.key.kind === "rowid" ? table.key.columns : [];
  return {
    name: table.name,
    key: table.key.columns,
    columns: [...rowid.map((name): CellColumn => ({ name, affinity: affinityOf("INTEGER") })), ...columns],
    ...(hidden === null ? {} : { rowid: hidden }),
    ...(hasTerms(table) ? { terms: table } : {}),
  };
}

export function affinityIn(table: FrameTable, name: string): Affinity {
  const folded = foldCase(name);
  return table.columns.find((cell) => foldCase(cell.name) === folded)?.affinity ?? "none";
}

/** About the bytes of a row's line, in SQL, which knows them without reading the row. */
export function lineSize(table: Pick<FrameTable, "columns">): string {
  return `${namesSize(table)} + ${rowSize(table.columns)}`;
}

/** About the bytes of a line beside its cells. */
export function namesSize({ columns }: Pick<FrameTable, "columns">): number {
  return columns.reduce((sum, { name }) => sum + name.length + 8, 4);
}
