import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { describeApi } from "../../src/api/openapi.ts";
import { pathOf, ROUTE_PATHS } from "../../src/api/paths.ts";
import { methodsOf, ROUTES, type Route, type RouteName, routesOf } from "../../src/api/routes.ts";
import { RUN_OPTION_NAMES } from "../../src/api/run-options.ts";
import { explain } from "../../src/http/explain.ts";
import { BEARER } from "../http/app.ts";
import { createNodeApp } from "../http/node-app.ts";

const api = JSON.parse(JSON.stringify(describeApi("/app/api/admin")));

describe("the OpenAPI description", () => {
  it("is served, with what stands before the routes as its server", async () => {
    const response = await createNodeApp().fetch("/app/api/admin/r2-sync?operation=openapi", {
      headers: BEARER,
    });
    expect(await response.json()).toEqual(api);
    expect(api.servers).toEqual([{ url: "/app/api/admin" }]);
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

  it("describes every route of the table, by its name and what it answers", () => {
    for (const path of ROUTE_PATHS) {
      for (const method of methodsOf(path)) {
        const described = api.paths[pathOf(path, "")][method.toLowerCase()];
        for (const { name, named, answer } of routesOf(path, method)) {
          const titles = [...JSON.stringify(described).matchAll(/"title":"(\w+)"/g)].map(
            ([, title]) => title,
          );
          if (answer !== null) expect(titles).toContain(name);
          if (named === "never") continue;
          const names =
            method === "POST"
              ? titles
              : described.parameters.find((one: { name: string }) => one.name === "operation").schema.enum;
          expect(names, `${method} ${path}`).toContain(name);
        }
      }
    }
  });

  it("says what each field is for, of every option of a run", () => {
    const { anyOf } = api.paths["/r2-sync"].post.requestBody.content["application/json"].schema;
    const { properties } = anyOf.find(({ title }: { title: string }) => title === "sync");
    for (const name of RUN_OPTION_NAMES) expect(properties[name], name).toHaveProperty("description");
    expect(properties).toMatchObject({
      operation: { const: "sync" },
      mode: { type: "string", enum: ["merge", "insert", "mirror"] },
      expectDeletes: { type: "integer", minimum: 0 },
    });
  });
});

describe("the explanation's examples", () => {
  const { operations, multipartUpload } = explain("/app/api/admin");
  const examples = Object.entries({ ...operations, ...multipartUpload });

  it("are there for every route but the description itself", () => {
    const names = examples.map(([name]) => name);
    expect(names.sort()).toEqual(
      Object.keys(ROUTES)
        .filter((name) => name !== "openapi")
        .sort(),
    );
  });

  it.each(examples)("%s: %o is a request as the table has it", (name, { example }) => {
    const route: Route = ROUTES[name as RouteName];
    const [, method, path, rest] = /^(\S+) (\/app[\w/-]+)[ ?](.*)$/.exec(example) ?? [];
    expect([method, path]).toEqual([route.method, pathOf(route.path, "/app/api/admin")]);
    const sent = method === "POST" ? JSON.parse(rest ?? "") : Object.fromEntries(new URLSearchParams(rest));
    expect(v.safeParse(route.request, sent).issues).toBeUndefined();
    expect(sent.operation ?? sent.action ?? name).toBe(name);
  });
});
