import {
  type ConversionConfig,
  type JsonSchema,
  toJsonSchema,
  toJsonSchemaDefs,
} from "@valibot/to-json-schema";
import type * as v from "valibot";

export type { JsonSchema };

const CONFIG: ConversionConfig = {
  // OpenAPI 3.1 has this dialect, and says so once for all.
  target: "draft-2020-12",
  // A parameter of the query is text that stands for what it is checked as: a number, for one.
  typeMode: "output",
  ignoreActions: ["readonly"],
  overrideSchema: ({ valibotSchema, jsonSchema }) => {
    if (valibotSchema.type !== "strict_object") return undefined;
    // Newer apps may answer more than this one; only the tests hold it to what is described.
    const { additionalProperties: _, ...open } = jsonSchema;
    return open;
  },
};

/**
 * The schema as the description of the API has it. Throws on a kind that has no counterpart, so that a
 * description is never quietly wrong.
 */
export function describeSchema(schema: v.GenericSchema): JsonSchema {
  const { $schema: _, ...described } = toJsonSchema(schema, CONFIG);
  return described;
}

/** Several of them, by their names, each of which the others refer to. */
export function describeSchemas(schemas: Record<string, v.GenericSchema>): Record<string, JsonSchema> {
  return toJsonSchemaDefs(schemas, CONFIG);
}
