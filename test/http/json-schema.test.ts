import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { toJsonSchema } from "../../src/api/json-schema.ts";

describe("the JSON Schema of a valibot schema", () => {
  it("has its fields, and requires those that are not optional", () => {
    const schema = v.object({ name: v.string(), age: v.optional(v.number()) });
    expect(toJsonSchema(schema)).toEqual({
      type: "object",
      properties: { name: { type: "string" }, age: { type: "number" } },
      required: ["name"],
    });
  });

  it("has the rules of a pipe, also of a pipe in a pipe", () => {
    const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
    expect(toJsonSchema(v.pipe(count, v.minValue(1), v.description("Counts.")))).toEqual({
      type: "integer",
      minimum: 1,
      description: "Counts.",
    });
  });

  it("keeps null apart from the type", () => {
    expect(toJsonSchema(v.nullable(v.string()))).toEqual({ type: ["string", "null"] });
    expect(toJsonSchema(v.nullable(v.picklist(["a", "b"])))).toEqual({
      anyOf: [{ type: "string", enum: ["a", "b"] }, { type: "null" }],
    });
    expect(toJsonSchema(v.nullable(v.record(v.string(), v.boolean())))).toEqual({
      type: ["object", "null"],
      additionalProperties: { type: "boolean" },
    });
  });

  it("is refused for what it does not know, rather than guessed", () => {
    expect(() => toJsonSchema(v.date())).toThrow('"date"');
    expect(() => toJsonSchema(v.pipe(v.string(), v.email()))).toThrow('"email"');
  });
});
