import { hasTerms } from "../../database/fts5/contentless-rows.ts";
import { findTable, type LiveTable } from "../../database/schema.ts";
import { nameInTarget } from "../schema/index.ts";
import {
  type ApplyRunInput,
  hasKey,
  incomingRows,
  type ListedRows,
  type StagedTable,
} from "../stage/index.ts";
import type { MadeTable } from "./rows-made.ts";

/** What is written into the archive, one after the other. A table's steps stand together. */
export type ImageStep =
  /** All that comes for these tables, of which no row was there: as the source has it. */
  | { is: "source"; tables: readonly LiveTable[] }
  /** The rows of a table that are written over, or those that are deleted. */
  | { is: "before"; table: LiveTable; lists: readonly StagedTable[]; deleted: boolean }
  /** What becomes of the rows that are written. */
  | ({ is: "made" } & MadeTable);

export interface ImageSteps {
  steps: ImageStep[];
  /** The tables that are in it. */
  tables: LiveTable[];
  /** Full-text tables whose rows cannot be read back as they are. */
  withoutText: string[];
}

/** What has to be kept of a plan: nothing of the tables that it leaves as they are. */
export function imageSteps(
  { creation, staged, source }: ApplyRunInput,
  { writes, befores, deletes }: ListedRows,
): ImageSteps {
  const changed = [...writes.tables, ...befores, ...deletes];
  const names = [...new Set(changed.map(({ table }) => table.name))];
  const [withoutText, kept] = partition(names, (name) => {
    const table = findTable(creation.schema.tables, name);
    return table === undefined || hasTerms(table);
  });
  const fromSource: LiveTable[] = [];
  const steps: ImageStep[] = [];
  const tables: LiveTable[] = [];
  for (const name of kept) {
    const table = findTable(creation.schema.tables, name) as LiveTable;
    const written = named(writes.tables, name);
    const all = written.reduce((sum, { rows }) => sum + rows, 0);
    const keyed = incomingRows(written).filter(hasKey);
    const [over, going] = [named(befores, name), named(deletes, name)];
    const lists = [...over, ...going];
    tables.push(table);
    const keyedRows = keyed.reduce((sum, { shape: { rows } }) => sum + rows, 0);
    const whole =
      all > 0 && lists.length === 0 && all === keyedRows && all === stagedRows(staged.tables, name);
    // What an undo goes by holds more than what it writes.
    if (whole && source.outline.parts === undefined && comesOnce(name)) {
      fromSource.push(table);
      continue;
    }
    if (over.length > 0) steps.push({ is: "before", table, lists: over, deleted: false });
    if (going.length > 0) steps.push({ is: "before", table, lists: going, deleted: true });
    const appends = incomingRows(written).some(({ shape }) => shape.appends === true);
    if (all > 0) steps.push({ is: "made", table, appends, isNew: creation.missing.includes(name) });
  }
  if (fromSource.length > 0) steps.unshift({ is: "source", tables: fromSource });
  return { steps, tables, withoutText };

  /** Two of the source's tables may go into one, and a document by hand does not say which tables it has. */
  function comesOnce(name: string): boolean {
    return (
      source.index.tables.filter((one) => nameInTarget(creation.schema, one.table) === name).length === 1
    );
  }
}

function named(tables: readonly StagedTable[], name: string): StagedTable[] {
  return tables.filter(({ table }) => table.name === name);
}

function stagedRows(tables: readonly StagedTable[], name: string): number {
  return named(tables, name).reduce((sum, { rows }) => sum + rows, 0);
}

function partition<T>(all: readonly T[], matches: (one: T) => boolean): [T[], T[]] {
  return [all.filter(matches), all.filter((one) => !matches(one))];
}
