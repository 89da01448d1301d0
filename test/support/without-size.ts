import type { Database } from "../../src/database/port.ts";

/** The same database, which does not say how large it is: it is read in parts however small it is. */
export function withoutSize(database: Database): Database {
  return {
    ...database,
    async batch(statements) {
      const results = await database.batch(statements);
      return results.map(({ databaseBytes: _, ...result }) => result);
    },
  };
}
