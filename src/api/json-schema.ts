import type * as v from "valibot";

export type JsonSchema = Record<string, unknown>;

/** A valibot schema, seen from outside: only what the descriptions of the API need. */
interface Part {
  kind: string;
  type: string;
  [member: string]: unknown;
}

/**
 * The JSON Schema (2020-12, as OpenAPI 3.1 has it) of a valibot schema. Throws on a kind that it
 * does not know, so that a description is never quietly wrong.
 */
export function toJsonSchema(schema: v.GenericSchema): JsonSchema {
  return convert(schema as unknown as Part);
}

function convert(part: Part): JsonSchema {
  const [base, ...actions] = (part.pipe as Part[] | undefined) ?? [part];
  if (base === undefined) throw new TypeError("A pipe without a schema");
  if (base.pipe !== undefined && base !== part)
    return Object.assign(convert(base), ...actions.map(fromAction));
  return Object.assign(fromSchema(base), ...actions.map(fromAction));
}

function fromSchema(part: Part): JsonSchema {
  switch (part.type) {
    case "string":
    case "number":
    case "boolean":
      return { type: part.type };
    case "unknown":
      return {};
    case "literal":
      return { const: part.literal };
    case "picklist":
      return { type: "string", enum: part.options };
    case "array":
      return { type: "array", items: convert(part.item as Part) };
    case "record":
      return { type: "object", additionalProperties: convert(part.value as Part) };
    case "optional":
      return convert(part.wrapped as Part);
    case "nullable":
      return nullable(convert(part.wrapped as Part));
    case "union":
      return { anyOf: (part.options as Part[]).map(convert) };
    case "object":
    case "strict_object":
      return fromEntries(part.entries as Record<string, Part>);
    default:
      throw new TypeError(`No JSON Schema for a valibot schema of type "${part.type}"`);
  }
}

function fromEntries(entries: Record<string, Part>): JsonSchema {
  const properties = Object.fromEntries(Object.entries(entries).map(([name, part]) => [name, convert(part)]));
  const required = Object.keys(entries).filter((name) => entries[name]?.type !== "optional");
  return { type: "object", properties, ...(required.length === 0 ? {} : { required }) };
}

function nullable(schema: JsonSchema): JsonSchema {
  const { type, description, ...rest } = schema;
  const described = description === undefined ? {} : { description };
  if (typeof type === "string" && rest.enum === undefined)
    return { type: [type, "null"], ...rest, ...described };
  return { anyOf: [{ ...(type === undefined ? {} : { type }), ...rest }, { type: "null" }], ...described };
}

function fromAction(action: Part): JsonSchema {
  switch (action.type) {
    case "integer":
    case "safe_integer":
      return { type: "integer" };
    case "min_value":
      return { minimum: action.requirement };
    case "max_value":
      return { maximum: action.requirement };
    case "non_empty":
      return { minLength: 1 };
    case "description":
      return { description: action.description };
    case "examples":
      return { examples: action.examples };
    default:
      throw new TypeError(`No JSON Schema for a valibot action of type "${action.type}"`);
  }
}
