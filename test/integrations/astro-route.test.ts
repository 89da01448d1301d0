import { describe, expect, it } from "vitest";
import { authorizeUser } from "../../src/integrations/astro/authorize.ts";
import { findBucket, findDatabase, findWorkflow } from "../../src/integrations/bindings.ts";

const TOKEN = "a-token-of-exactly-32-characters";
const plain = new Request("https://app.example/api/admin/r2-sync");
const withToken = (token: string) => new Request(plain, { headers: { Authorization: `Bearer ${token}` } });

describe("who may use the routes of an Astro app", () => {
  it.each([
    [{ username: "ada", email: "a@example.com", id: 1 }, "ada"],
    [{ email: "a@example.com", id: 1 }, "a@example.com"],
    [{ id: 7 }, "7"],
    [{}, "user"],
    ["ada", "ada"],
    [true, "user"],
  ])("is locals.user %j, known as %s", async (user, name) => {
    expect(await authorizeUser(plain, { user }, undefined)).toEqual({ via: "cookie", name });
  });

  it.each([[{}], [{ user: null }], [{ user: undefined }], [{ user: false }], [{ user: "" }]])(
    "is nobody with locals %j",
    async (locals) => {
      expect(await authorizeUser(plain, locals, TOKEN)).toBeNull();
    },
  );

  it("is whoever sends the token", async () => {
    expect(await authorizeUser(withToken(TOKEN), {}, TOKEN)).toMatchObject({ via: "bearer" });
    expect(await authorizeUser(withToken(`${TOKEN}x`), {}, TOKEN)).toBeNull();
  });

  it.each([[undefined], [null], [""], ["short"], [TOKEN.slice(1)], [{ token: TOKEN }]])(
    "is nobody with a token when the environment's is %j",
    async (token) => {
      expect(await authorizeUser(withToken(String(token)), {}, token)).toBeNull();
    },
  );
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
