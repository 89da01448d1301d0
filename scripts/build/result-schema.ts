import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { sampleRows } from "../../src/api/answers/plan.ts";
import { cell } from "../../src/api/cell.ts";
import { describeSchemas, type JsonSchema } from "../../src/api/json-schema.ts";
import { FAILURE, RESULTS, ROW_LINE } from "../../src/cli/results.ts";

/** What is in several results. */
const SHARED = { cell, sampleRows };

/** A JSON Schema of what each command prints with `--json`, by the command's name in `$defs`. */
export function resultSchema() {
  const { "": overview, ...named } = RESULTS;
  const commands = Object.entries({ overview, ...named });
  const first = new Map(commands.toReversed().map(([name, schema]) => [schema, name]));
  const isFirst = ([name, schema]: (typeof commands)[number]) => first.get(schema) === name;
  const alike = commands
    .filter((command) => !isFirst(command))
    .map(([name, schema]): [string, JsonSchema] => [name, { $ref: `#/$defs/${first.get(schema)}` }]);
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "What d1-ferry prints with --json",
    description:
      "$defs has the result of each command; of d1-ferry alone overview, of --rows row, and of any that fails failure.",
    $defs: {
      ...describeSchemas({
        ...Object.fromEntries(commands.filter(isFirst)),
        row: ROW_LINE,
        failure: FAILURE,
        ...SHARED,
      }),
      ...Object.fromEntries(alike),
    },
  };
}

export async function writeResultSchema(dist: string): Promise<void> {
  await writeFile(join(dist, "cli.schema.json"), `${JSON.stringify(resultSchema())}\n`);
}
