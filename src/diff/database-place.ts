import { type Budget, countedDatabase, createBudget } from "../budget.ts";
import type { Database } from "../database/port.ts";
import { readSchema } from "../database/schema.ts";
import { archivedTable, readSequences } from "../sync/export/index.ts";
import { chooseTables, type TableChoice } from "../sync/schema/index.ts";
import { answerQuestions } from "./answer-questions.ts";
import { describeDatabase } from "./describe-database.ts";
import type { LeafDigests } from "./leaf-digests.ts";
import type { RangeMemory } from "./leaf-reader.ts";
import type { ComparedPlace } from "./questions.ts";

export interface DatabasePlaceOptions {
  /** Which tables are compared. @default all that travel */
  choice?: TableChoice | undefined;
  /** How long leaves may be, bytes of row text. @default 48,000 */
  leafBytes?: number | undefined;
  /** See `AnswerOptions`. */
  readBytes?: number | undefined;
  memory?: RangeMemory | undefined;
  digests?: LeafDigests | undefined;
  /** What one call may take. @default no end */
  budget?: (() => Pick<Budget, "allows" | "spend">) | undefined;
}

/** A database as a place that is compared. */
export function databasePlace(
  source: Database,
  { choice = {}, budget = createBudget, leafBytes, ...sizes }: DatabasePlaceOptions = {},
): ComparedPlace {
  return {
    describe: (asked = {}) => describeDatabase(source, choice, { leafBytes, ...asked }),
    async ask(questions, salt) {
      const own = budget();
      const database = countedDatabase(source, own);
      const schema = await readSchema(database);
      const table = (name: string) => {
        const [found] = chooseTables(schema, { ...choice, tables: [name], include: [], exclude: [] }).tables;
        if (found === undefined) throw new Error(`chooseTables has to reject for ${name}`);
        return found;
      };
      return answerQuestions(database, questions, {
        table,
        async schema(one) {
          const sequences = await readSequences(database, schema, [one]);
          return archivedTable(one, sequences.get(one.name));
        },
        budget: own,
        salt,
        ...sizes,
      });
    },
  };
}
