import type { Health } from "../api/health.ts";
import type { Budget } from "../budget.ts";
import { D1_LIMITS } from "../database/limits.ts";
import type { Database } from "../database/port.ts";
import { quote } from "../database/sql/syntax.ts";
import { type UserTable, unlessRefused } from "../database/user-tables.ts";
import { PLATFORM_LIMITS, type Platform } from "./platforms.ts";

export type CountedTable = Health["database"]["tables"][number];

/** Rows that are counted of one table at the most. */
export const MOST_ROWS = 100_000;

/** Statements that all of it takes at the most: tables that do not fit in them are not counted. */
const STATEMENTS = 5;

/** Bytes of one statement, with room for what stands between its parts. */
const SQL_BYTES = D1_LIMITS.sqlBytes * 0.9;

/** How much of what an account may read a day one count of all tables takes at the most. */
const SHARE_OF_DAY = 0.01;

/** Rows to count of each of so many tables. */
export function rowsToCount(platform: Platform, tables: number): number {
  const { rowsReadADay } = PLATFORM_LIMITS[platform];
  return Math.max(1, Math.min(MOST_ROWS, Math.floor((rowsReadADay * SHARE_OF_DAY) / tables)));
}

interface Counting {
  /** Rows to count of a table. */
  most: number;
  budget: Pick<Budget, "allows">;
}

/**
 * Counts many tables in few statements. A statement that fails is parted, until it is found which of its tables cannot be
 * counted; virtual ones, which may be broken, are asked for by themselves.
 */
export async function countRows(
  database: Database,
  tables: readonly UserTable[],
  { most, budget }: Counting,
): Promise<CountedTable[]> {
  const counted = new Map<string, number>();
  const waiting = [false, true].flatMap((virtual) =>
    inGroups(tables.filter((table) => table.virtual === virtual).map(({ name }) => countOf(name, most))),
  );
  for (let sent = 0; sent < STATEMENTS && budget.allows(1); sent++) {
    const group = waiting.shift();
    if (group === undefined) break;
    const sql = `SELECT ${group.map((count, i) => `${count.sql} AS c${i}`).join(", ")}`;
    const [row] = (await unlessRefused(database.query({ sql }))) ?? [];
    if (row !== undefined) for (const [i, { name }] of group.entries()) counted.set(name, row[i] as number);
    else if (group.length > 1) waiting.push(...halves(group));
  }
  return tables.map(({ name }): CountedTable => {
    const rows = counted.get(name);
    if (rows === undefined) return { table: name, rows: null, more: false };
    return { table: name, rows: Math.min(rows, most), more: rows > most };
  });
}

interface Count {
  name: string;
  sql: string;
}

const countOf = (name: string, most: number): Count => ({
  name,
  sql: `(SELECT count(*) FROM (SELECT 1 FROM ${quote(name)} LIMIT ${most + 1}))`,
});

/** Groups that each fit one statement of D1. */
function inGroups(counts: readonly Count[]): Count[][] {
  const groups: Count[][] = [];
  let bytes = Infinity;
  for (const count of counts) {
    // UTF-8 has at most three bytes for a UTF-16 unit.
    const size = count.sql.length * 3;
    if (bytes + size > SQL_BYTES || (groups.at(-1)?.length ?? 0) >= D1_LIMITS.columns) {
      groups.push([]);
      bytes = 0;
    }
    groups.at(-1)?.push(count);
    bytes += size;
  }
  return groups;
}

const halves = (group: readonly Count[]): Count[][] => {
  const middle = Math.ceil(group.length / 2);
  return [group.slice(0, middle), group.slice(middle)];
};
