import { type PairedTables, type TablePair, wholeColumns } from "../../diff/index.ts";

/** Why single rows cannot be sent. */
export interface Obstacle {
  is: "table-missing" | "column-missing" | "not-compared";
  /** In words that go on from "Sending everything: ". */
  why: string;
  /** In which of the source's tables it lies. */
  tables: readonly string[];
  /** The column that the target's table lacks. */
  column?: string;
}

/** What keeps single rows of these tables from being sent; null where nothing does. */
export function obstacleTo({ pairs, onlyLeft }: PairedTables): Obstacle | null {
  const [missing] = onlyLeft;
  if (missing !== undefined) {
    const why = `the target has no table ${missing.name}, or does not show it`;
    return { is: "table-missing", why, tables: onlyLeft.map(({ name }) => name) };
  }
  const parted = pairs.filter((pair) => wholeColumns(pair) === null);
  const unlike = parted.filter(({ compared }) => compared === null);
  if (unlike[0] !== undefined) return notCompared(unlike);
  for (const pair of parted) {
    const column = lackingColumn(pair);
    if (column === undefined) continue;
    const why = `the target's ${pair.name} lacks ${column.name}`;
    return { is: "column-missing", why, tables: [pair.name], column: column.name };
  }
  return null;
}

/** Of these tables, one at least, rows cannot be told apart. */
export function notCompared(tables: readonly Pick<TablePair, "name" | "why">[]): Obstacle {
  const [first] = tables;
  const why = `${first?.name} cannot be compared, for ${first?.why}`;
  return { is: "not-compared", why, tables: tables.map(({ name }) => name) };
}

function lackingColumn({ left, compared }: TablePair) {
  return left.columns.find(({ name }) => !compared?.columns.includes(name));
}
