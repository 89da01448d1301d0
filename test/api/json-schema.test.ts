import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { countParameter, tableNames } from "../../src/api/fields.ts";
import { describeSchema } from "../../src/api/json-schema.ts";

describe("a schema in the description of the API", () => {
  it("has its fields, and requires those that are not optional", () => {
    const schema = v.object({ name: v.string(), age: v.optional(v.number()) });
    expect(describeSchema(schema)).toEqual({
      type: "object",
      properties: { name: { type: "string" }, age: { type: "number" } },
      required: ["name"],
    });
  });

  it("lets a newer app answer more, though the tests hold answers to what is described", () => {
    const schema = v.strictObject({ usage: v.strictObject({ ms: v.number() }) });
    expect(JSON.stringify(describeSchema(schema))).not.toContain("additionalProperties");
    expect(describeSchema(v.record(v.string(), v.boolean()))).toMatchObject({
      additionalProperties: { type: "boolean" },
    });
  });

  it("has a parameter of the query as what its text stands for", () => {
    expect(describeSchema(v.pipe(countParameter(1000), v.description("Counts.")))).toEqual({
      type: "integer",
      minimum: 1,
      maximum: 1000,
      description: "Counts.",
    });
  });

  it("has a list that may not be changed as any list", () => {
    expect(describeSchema(tableNames)).toEqual({ type: "array", items: { type: "string", minLength: 1 } });
  });

  it("is refused for what has no counterpart, rather than guessed", () => {
    expect(() => describeSchema(v.date())).toThrow('"date"');
    expect(() => describeSchema(v.pipe(v.string(), v.trim()))).toThrow('"trim"');
  });
});
