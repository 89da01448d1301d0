import { describe, expect, it } from "vitest";
import { type Grant, PERMISSIONS } from "../../src/grants.ts";
import { readGrant } from "../../src/http/auth.ts";
import { authorizeUser } from "../../src/integrations/astro/authorize.ts";
import { findBucket, findDatabase, findWorkflow } from "../../src/integrations/bindings.ts";

const plain = new Request("https://app.example/api/admin/r2-sync");

describe("who of an Astro app's users may use the routes", () => {
  it.each([
    [{ username: "ada", email: "a@example.com", id: 1 }, "ada"],
    [{ email: "a@example.com", id: 1 }, "a@example.com"],
    [{ id: 7 }, "7"],
    [{}, "user"],
    ["ada", "ada"],
    ["ada\nroot", "ada root"],
    ["x".repeat(300), "x".repeat(200)],
    [true, "user"],
  ])("is nobody by default, though locals.user is %j, known as %s", async (user, name) => {
    expect(await authorizeUser(plain, { user }, "none")).toEqual({ name, may: [] });
    expect(readGrant(await authorizeUser(plain, { user }, "all"))).toEqual({ name, may: PERMISSIONS });
  });

  it.each([[{}], [{ user: null }], [{ user: undefined }], [{ user: false }], [{ user: "" }]])(
    "is a stranger with locals %j",
    async (locals) => {
      for (const users of ["none", "all", () => null] as const) {
        expect(await authorizeUser(plain, locals, users)).toBeNull();
      }
    },
  );

  it("is said by the app's module, by the request and by its locals", async () => {
    const editor: Grant = { name: "ada", may: ["read", "plan"] };
    const users = async ({ request, locals }: { request: Request; locals: { role?: string } }) =>
      locals.role === "editor" && request.url === plain.url ? editor : null;
    expect(await authorizeUser(plain, { role: "editor" }, users)).toEqual(editor);
    expect(await authorizeUser(plain, { role: "reader", user: "bob" }, users)).toEqual({
      name: "bob",
      may: [],
    });
    expect(await authorizeUser(plain, { role: "reader" }, users)).toBeNull();
  });
});

describe("a binding that is not there", () => {
  const database = { prepare() {} };
  const bucket = { createMultipartUpload() {} };

  it("is no problem when it is there", () => {
    expect(findDatabase({ DB: database }, "DB")).toBe(database);
    expect(findBucket({ FILES: bucket }, "FILES")).toBe(bucket);
  });

  it("is named, with the lines that wrangler.json lacks", () => {
    expect(() => findDatabase({}, "DB")).toThrow(
      expect.objectContaining({
        code: "NOT_CONFIGURED",
        message: expect.stringContaining('no binding "DB"'),
        hint: expect.stringContaining('"d1_databases": [{ "binding": "DB"'),
      }),
    );
    expect(() => findBucket({ DB: database }, "DATA_SYNC")).toThrow(
      expect.objectContaining({
        code: "NOT_CONFIGURED",
        message: expect.stringContaining('no binding "DATA_SYNC"'),
        hint: expect.stringContaining('"r2_buckets": [{ "binding": "DATA_SYNC"'),
      }),
    );
  });

  it("may be a workflow's", () => {
    const workflow = { create() {}, get() {} };
    expect(findWorkflow({ FERRY_WORKFLOW: workflow }, "FERRY_WORKFLOW")).toBe(workflow);
    expect(() => findWorkflow({ FERRY_WORKFLOW: bucket }, "FERRY_WORKFLOW")).toThrow(
      "another kind of binding",
    );
    expect(() => findWorkflow({}, "FERRY_WORKFLOW")).toThrow(
      expect.objectContaining({ hint: expect.stringContaining('"class_name": "FerryWorkflow"') }),
    );
  });

  it("is told from one of another kind", () => {
    expect(() => findBucket({ DB: database }, "DB")).toThrow("another kind of binding");
  });
});
