import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { describeApi } from "../../src/api/openapi.ts";
import * as requests from "../../src/api/requests.ts";
import { explain } from "../../src/http/explain.ts";
import { BEARER } from "./app.ts";
import { createNodeApp } from "./node-app.ts";

const SCHEMAS: Record<string, unknown> = { ...requests };
const api = JSON.parse(JSON.stringify(describeApi("/app")));

describe("the OpenAPI description", () => {
  it("is served, with the app's base path as its server", async () => {
    const response = await createNodeApp().fetch("/app/api/admin/r2-sync?operation=openapi", {
      headers: BEARER,
    });
    expect(await response.json()).toEqual(api);
    expect(api.servers).toEqual([{ url: "/app" }]);
  });

  it("is OpenAPI 3.1 with a unique id for each operation", () => {
    expect(api.openapi).toMatch(/^3\.1\.\d$/);
    const operations = Object.values<Record<string, { operationId: string; responses: object }>>(
      api.paths,
    ).flatMap((path) => Object.values(path));
    expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(5);
    for (const { responses } of operations) expect(Object.keys(responses)).toContain("401");
  });

  it("refers only to what it has", () => {
    const pointers = [...JSON.stringify(api).matchAll(/"\$ref":"#\/([^"]+)"/g)];
    expect(pointers.length).toBeGreaterThan(10);
    for (const [, pointer] of pointers) {
      const found = (pointer as string).split("/").reduce((node, name) => node?.[name], api);
      expect(found, pointer).toBeDefined();
    }
  });

  it("describes every operation and action that the explanation shows", () => {
    const titles = (path: string) =>
      api.paths[path].post.requestBody.content["application/json"].schema.anyOf.map(
        (schema: { title: string }) => schema.title,
      );
    const parameters = api.paths["/api/admin/r2-sync"].get.parameters;
    const reads = parameters.find(({ name }: { name: string }) => name === "operation").schema.enum;
    const described = [...titles("/api/admin/r2-sync"), ...reads];
    expect(described).toEqual(expect.arrayContaining(Object.keys(explain("").operations)));
    const multipart = titles("/api/admin/multipart-upload");
    expect(Object.keys(explain("").multipartUpload)).toEqual(expect.arrayContaining(multipart));
  });
});

describe("the explanation's examples", () => {
  const posts = [...Object.values(explain("").operations), ...Object.values(explain("").multipartUpload)]
    .map(({ example }) => /^POST \S+ (.*)$/.exec(example)?.[1])
    .filter((body) => body !== undefined);

  it.each(posts)("%s is a request as the schemas have it", (text) => {
    const body = JSON.parse(text);
    const schema = SCHEMAS[`${body.operation ?? body.action}Request`] as v.GenericSchema;
    expect(v.safeParse(schema, body).issues).toBeUndefined();
  });
});
