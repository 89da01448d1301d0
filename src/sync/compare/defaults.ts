import type { LiveTable } from "../../database/schema.ts";

/** What a row gets in a column that its document does not give. */
export function defaultsOf({ columns }: LiveTable): (name: string) => string {
  return (name) => `(${columns.find((column) => column.name === name)?.default ?? "NULL"})`;
}

/**
 * What a row got in a column that the run did not write of it; null where that was another each time, such as the
 * time of day: whether somebody has changed it since, nobody can tell.
 */
export function constantDefault({ columns }: Pick<LiveTable, "columns">, name: string): string | null {
  const text = columns.find((column) => column.name === name)?.default ?? "NULL";
  return CONSTANT.test(text) ? text : null;
}

const CONSTANT = /^(?:NULL|TRUE|FALSE|[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[-+]?\d+)?|x?'(?:[^']|'')*')$/i;
