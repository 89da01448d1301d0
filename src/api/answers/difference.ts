import * as v from "valibot";
import * as compared from "../compared.ts";
import { notes, usage } from "./common.ts";
import { sampleRows } from "./plan.ts";

export const compareAnswer = v.strictObject({
  description: v.optional(v.pipe(compared.description, v.description("The tables that can be compared."))),
  answers: v.optional(
    v.pipe(
      v.array(
        v.union([
          compared.cutAnswer,
          compared.hashAnswer,
          compared.marksAnswer,
          compared.rowsAnswer,
          compared.schemaAnswer,
        ]),
      ),
      v.description("To the first of the questions, as many as could be answered at once."),
    ),
  ),
  usage,
});

const rowCount = (which: string) =>
  v.pipe(v.nullable(v.number()), v.description(`Rows of the ${which}; null while they are not counted.`));

const bothCounts = { left: rowCount("first"), right: rowCount("second") };

export const diffAnswer = v.strictObject({
  left: v.pipe(v.nullable(v.string()), v.description("The first archive; null: the database as it is.")),
  right: v.pipe(v.nullable(v.string()), v.description("The second one; null: the database as it is.")),
  status: v.pipe(
    v.picklist(["completed", "processing"]),
    v.description("processing: the same call with the cursor goes on."),
  ),
  tables: v.pipe(
    v.array(
      v.strictObject({
        table: v.string(),
        by: v.pipe(
          v.picklist(["hash", "rows"]),
          v.description("hash: both archives say that it is the same, and no row was read."),
        ),
        ...bothCounts,
        added: v.pipe(v.number(), v.description("Rows that only the second has.")),
        changed: v.pipe(v.number(), v.description("Rows that both have, with other cells.")),
        deleted: v.pipe(v.number(), v.description("Rows that only the first has.")),
        unchanged: v.number(),
        cells: v.pipe(v.number(), v.description("Cells of the changed rows that differ.")),
        unfinished: v.exactOptional(
          v.pipe(v.literal(true), v.description("There is more to read: it is told again, as a whole.")),
        ),
        samples: v.pipe(
          sampleRows,
          v.description("Some rows that differ: what became of the first one's in the second."),
        ),
      }),
    ),
    v.description("Those that were compared by this call, and those that the one before left unfinished."),
  ),
  notCompared: v.array(v.strictObject({ table: v.string(), why: v.string(), ...bothCounts })),
  schema: v.pipe(
    v.array(v.strictObject({ table: v.string(), difference: v.string() })),
    v.description("How the schemas differ; of the first call."),
  ),
  cursor: v.optional(v.pipe(v.string(), v.description("Where it goes on; absent at the end."))),
  notes,
  usage,
});
