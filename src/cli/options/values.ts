import { UsageError } from "../exit.ts";

const UNITS: Readonly<Record<string, number>> = {
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 7 * 86_400_000,
};

/** "90m", "12h", "7d" or "2w", in milliseconds. */
export function timeSpan(value: string): number {
  const [, digits = "", unit = ""] = /^(\d{1,9})([mhdw])$/.exec(value) ?? [];
  const ms = Number(digits) * (UNITS[unit] ?? Number.NaN);
  if (digits !== "" && Number.isSafeInteger(ms)) return ms;
  throw new UsageError(`${value} is not a time span such as 90m, 12h, 7d or 2w`);
}

export function wholeNumber(value: string): number {
  const number = Number(value);
  if (!/^\d+$/.test(value) || !Number.isSafeInteger(number)) {
    throw new UsageError(`${value} is not a whole number`);
  }
  return number;
}

/** A version of the data. */
export function dataVersion(value: string): number {
  const version = wholeNumber(value);
  if (version < 1) throw new UsageError(`${value} is no version: they count up from 1`);
  return version;
}

export function tableNames(value: string): string[] {
  const names = value.split(",").map((name) => name.trim());
  if (names.some((name) => name === "")) throw new UsageError(`"${value}" is not a list of table names`);
  return names;
}

/** "posts: created_at > 5": a table, and a condition on its rows in SQL. */
export function tableCondition(value: string): { table: string; sql: string } {
  const [, table = "", sql = ""] = /^([^:]+):(.+)$/s.exec(value) ?? [];
  if (table.trim() === "" || sql.trim() === "")
    throw new UsageError(`"${value}" is not a table and a condition, as in "posts: score > 5"`);
  return { table: table.trim(), sql: sql.trim() };
}

/** `--create` makes tables, and what stands behind it is an argument: only `--create=all` says more. */
export function whatToCreate(value: string): true | "all" {
  if (value === "all") return "all";
  if (value === "tables") return true;
  throw new UsageError("it is --create, or --create=all");
}

/** An option whose value may be left out would take the next argument for it. */
export function withWholeOptions(argv: readonly string[]): string[] {
  const end = argv.indexOf("--");
  return argv.map((arg, i) => (arg === "--create" && (end < 0 || i < end) ? "--create=tables" : arg));
}
