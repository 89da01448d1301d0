import { databaseError } from "../../src/database/failure.ts";
import type { Database, Statement } from "../../src/database/port.ts";

/** Something happens before the batches that are meant; with `loses`, nobody hears what came of them. */
export function before(
  database: Database,
  isMeant: (statements: readonly Statement[]) => boolean,
  happens: () => Promise<unknown>,
  { loses = false } = {},
): Database {
  return {
    engine: database.engine,
    capabilities: database.capabilities,
    query: (statement) => database.query(statement),
    async batch(statements) {
      if (!isMeant(statements)) return database.batch(statements);
      await happens();
      const answer = await database.batch(statements);
      if (loses) throw databaseError(new Error("D1_ERROR: Network connection lost."));
      return answer;
    },
  };
}
