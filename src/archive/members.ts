import type { JsonCursor } from "./cursor.ts";
import { CLOSE_OBJECT, COLON, COMMA, OPEN_OBJECT } from "./letters.ts";

/**
 * The names of an object's members; its reader takes each value before it asks for the next name.
 * `entered` begins behind a member instead of before the object.
 */
export async function* memberNames(
  cursor: JsonCursor,
  where: string,
  { entered = false }: { /** @default false */ entered?: boolean } = {},
): AsyncGenerator<string, void, void> {
  if (!entered) await cursor.take(OPEN_OBJECT, where);
  for (let first = !entered; ; first = false) {
    if ((await cursor.peek()) === CLOSE_OBJECT) {
      cursor.window.start++;
      return;
    }
    if (!first) await cursor.take(COMMA, `or "}" ${where}`);
    const name = await cursor.takeString(`a name ${where}`);
    await cursor.take(COLON, `behind ${JSON.stringify(name)}`);
    yield name;
  }
}

/** No database comes near; without a limit, the lists of names that positions carry would have none. */
const MAX_TABLES = 10_000;

/** Adds a name to the tables of a document, which has each once. */
export function addTable(cursor: JsonCursor, tables: string[], table: string): void {
  const { offset } = cursor.window;
  if (tables.includes(table))
    throw cursor.invalid(`The table ${JSON.stringify(table)} is there twice`, offset);
  if (tables.length >= MAX_TABLES) throw cursor.invalid(`There are more than ${MAX_TABLES} tables`, offset);
  tables.push(table);
}
