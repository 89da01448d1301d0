import { parse } from "jsonc-parser";
import { parse as parseToml } from "smol-toml";
import { describe, expect, test } from "vitest";
import { expectOnlyAdded, type Files, init, initApp, makeApp } from "./support.ts";

const WORKER: Files = {
  "package.json": '{ "name": "@team/my-app", "scripts": { "dev": "wrangler dev" } }',
  "src/index.js": "export default { fetch: (request) => new Response(request.url) };\n",
  "src/ferry.js":
    'import { createFerry, d1Database, r2Bucket } from "d1-ferry";\nexport default createFerry({});\n',
};

const withWrangler = (name: string, text: string): Files => ({ ...WORKER, [name]: text });

const jsonc = (text = "") => parse(text.replace("\ufeff", ""), [], { allowTrailingComma: true });

async function wranglerAfter(text: string, args: string[] = []): Promise<string> {
  const { after } = await initApp(withWrangler("wrangler.jsonc", text), { args });
  return after["wrangler.jsonc"] ?? "";
}

describe("wrangler.jsonc", () => {
  test("keeps comments wherever they stand", async () => {
    const after = await wranglerAfter(`// first
{
  // before a name
  "name": /* in front */ "my-app" /* behind */, // in its line
  "main": "src/index.js",
  "compatibility_date": "2026-07-01", /* a block
  that goes on */
  "r2_buckets": [
    // the app's own
    { "binding": "MEDIA", "bucket_name": "media" } // no comma yet
    // nothing more
  ]
  // last
}
// behind
`);
    expect(after).toContain(`    { "binding": "MEDIA", "bucket_name": "media" }, // no comma yet
    {
      "binding": "DATA_SYNC",
      "bucket_name": "my-app-sync"
    }
    // nothing more
  ],
  "compatibility_flags": ["nodejs_compat"],
  "d1_databases": [
    {
      "binding": "DB",
      "database_name": "my-app",
      "database_id": "my-app" // production's id when you deploy; locally any text will do
    }
  ]
  // last
}
// behind
`);
  });

  test("keeps tabs, trailing commas, CRLF and a byte order mark", async () => {
    const lines = [
      "{",
      '\t"name": "my-app",',
      '\t"main": "src/index.js",',
      '\t"compatibility_date": "2026-10-01",',
      "}",
      "",
    ];
    const after = await wranglerAfter(`\ufeff${lines.join("\r\n")}`);
    const rest = after.slice(1 + lines.slice(0, 4).join("\r\n").length);
    expect(after.startsWith(`\ufeff${lines.slice(0, 4).join("\r\n")}`)).toBe(true);
    expect(rest.split("\r\n")).toEqual([
      "",
      '\t"d1_databases": [',
      "\t\t{",
      '\t\t\t"binding": "DB",',
      '\t\t\t"database_name": "my-app",',
      `\t\t\t"database_id": "my-app", // production's id when you deploy; locally any text will do`,
      "\t\t},",
      "\t],",
      '\t"r2_buckets": [',
      "\t\t{",
      '\t\t\t"binding": "DATA_SYNC",',
      '\t\t\t"bucket_name": "my-app-sync",',
      "\t\t},",
      "\t],",
      "}",
      "",
    ]);
  });

  test("in one line stays in one", async () => {
    expect(await wranglerAfter('{"name":"my-app","compatibility_flags":[],"main":"src/index.js"}')).toBe(
      '{"name":"my-app","compatibility_flags":["nodejs_compat"],"main":"src/index.js", "d1_databases": [{ "binding": "DB", "database_name": "my-app", "database_id": "my-app" }], "r2_buckets": [{ "binding": "DATA_SYNC", "bucket_name": "my-app-sync" }]}',
    );
  });

  test("a database that is there is the one, whatever it is called", async () => {
    const config = { main: "src/index.js", d1_databases: [{ binding: "MY_DB", database_id: "1" }] };
    const after = jsonc(await wranglerAfter(JSON.stringify(config, null, 4)));
    expect(after.d1_databases).toEqual(config.d1_databases);
  });

  test("a name that another kind of binding has is left to it", async () => {
    const config = {
      name: "my-app",
      main: "src/index.js",
      kv_namespaces: [{ binding: "DB", id: "1" }],
      vars: { DATA_SYNC: "on" },
    };
    const after = jsonc(await wranglerAfter(JSON.stringify(config, null, 2)));
    expect(after).toMatchObject({
      ...config,
      d1_databases: [{ binding: "DB_2" }],
      r2_buckets: [{ binding: "DATA_SYNC_2" }],
    });
  });

  test("a bucket that is named is used", async () => {
    const config = { main: "src/index.js", r2_buckets: [{ binding: "MEDIA", bucket_name: "media" }] };
    const directory = await makeApp(withWrangler("wrangler.jsonc", JSON.stringify(config)));
    const { after } = await init(directory, ["--bucket", "MEDIA"]);
    expect(jsonc(after["wrangler.jsonc"]).r2_buckets).toEqual(config.r2_buckets);
  });

  test("what no list could take is told, and not written", async () => {
    const config = '{ "name": "my-app", "main": "src/index.js", "d1_databases": null }';
    const directory = await makeApp(withWrangler("wrangler.jsonc", config));
    const { json, after } = await init(directory);
    expect(json.snippets).toMatchObject([
      { path: "wrangler.jsonc", where: expect.stringContaining("d1_databases") },
    ]);
    expect(json.snippets[0]?.code).toContain('"binding": "DB"');
    expect(jsonc(after["wrangler.jsonc"])).toMatchObject({
      d1_databases: null,
      r2_buckets: [{ binding: "DATA_SYNC" }],
    });
  });

  test.each(['A"}); alert(1); ({"', "MY-DB", ""])(
    "a binding that is called %j gets into no code",
    async (binding) => {
      const config = JSON.stringify({ main: "src/index.js", d1_databases: [{ binding }] });
      const { run, json, before, after } = await init(await makeApp(withWrangler("wrangler.jsonc", config)));
      expect([run.code, json.error, after]).toEqual([
        2,
        expect.stringContaining("is not a binding's name"),
        before,
      ]);
    },
  );

  test.each([
    ["KV", /^KV is something else/],
    ["no name", /is not a binding's name/],
    ["OTHER", /^The app has d1-ferry with MAIN already/],
  ])("--database %s is refused where it cannot be", async (name, error) => {
    const files = withWrangler(
      "wrangler.jsonc",
      '{ "main": "src/index.js", "kv_namespaces": [{ "binding": "KV" }] }',
    );
    const ferry =
      'import { createFerry, d1Database } from "d1-ferry";\ncreateFerry({ database: (env) => d1Database(env.MAIN) });\n';
    const used: Files = name === "OTHER" ? { "src/ferry.js": ferry } : {};
    const { run, json } = await init(await makeApp({ ...files, ...used }), ["--database", name]);
    expect([run.code, json.error]).toEqual([2, expect.stringMatching(error)]);
  });

  test("environments are told to have bindings of their own", async () => {
    const config = {
      main: "src/index.js",
      env: { staging: {}, live: { d1_databases: [{ binding: "DB" }] } },
    };
    const { json } = await init(await makeApp(withWrangler("wrangler.jsonc", JSON.stringify(config))));
    expect(json.notes).toEqual([expect.stringContaining("env.staging"), expect.stringContaining("env.live")]);
  });
});

test("what Webflow Cloud needs in the file is added, and a file that it does not read is told of", async () => {
  const cloud = { ...WORKER, "webflow.json": "{}" };
  const { after } = await initApp({ ...cloud, "wrangler.json": '{ "main": "src/index.js" }' });
  expect(JSON.parse(after["wrangler.json"] ?? "")).toMatchObject({
    name: "my-app",
    compatibility_date: expect.stringMatching(/^\d{4}-\d\d-\d\d$/),
    d1_databases: [{ database_name: "my-app", database_id: "my-app" }],
    r2_buckets: [{ bucket_name: "my-app-sync" }],
  });
  const { json } = await init(await makeApp({ ...cloud, "wrangler.toml": 'main = "src/index.js"\n' }));
  expect(json.notes).toEqual([expect.stringMatching(/^Webflow Cloud reads wrangler\.json/)]);
});

test("a file that lists its secrets, or wants no Node, is told what that means", async () => {
  const config = {
    main: "src/index.js",
    compatibility_flags: ["no_nodejs_compat"],
    secrets: { required: ["STRIPE_KEY"] },
  };
  const { json, after } = await init(await makeApp(withWrangler("wrangler.jsonc", JSON.stringify(config))));
  expect(json.notes).toEqual([
    expect.stringContaining('add "FERRY_TOKEN" to secrets.required'),
    expect.stringContaining("no_nodejs_compat"),
  ]);
  expect(jsonc(after["wrangler.jsonc"])).toMatchObject(config);
});

test("--config names another file, which has to be there", async () => {
  const directory = await makeApp({
    "src/index.js": "export default { async fetch() { return new Response(); } };\n",
    "config/live.jsonc": '{ "main": "../src/index.js" }',
  });
  const { json, after } = await init(directory, ["--config", "config/live.jsonc"]);
  expect(json).toMatchObject({ framework: "worker" });
  expect(jsonc(after["config/live.jsonc"])).toMatchObject({ r2_buckets: [{ binding: "DATA_SYNC" }] });
  // Both are where wrangler looks for them from its file.
  expect(after["src/index.js"]).toContain('import { ferry } from "./ferry.js";');
  expect(after["config/.dev.vars"]).toMatch(/^FERRY_TOKEN=ferry_/);
  const { run, json: refused } = await init(directory, ["--config", "none.jsonc"]);
  expect([run.code, refused.error]).toEqual([2, "There is no none.jsonc; nothing was changed"]);
});

test("wrangler.json gets no comments", async () => {
  const { after } = await initApp(withWrangler("wrangler.json", '{\n  "main": "src/index.js"\n}\n'));
  expect(JSON.parse(after["wrangler.json"] ?? "")).toMatchObject({
    d1_databases: [{ binding: "DB", database_name: "my-app" }],
  });
});

describe("wrangler.toml", () => {
  const TOML = `# the app
name = "my-app"   # its name
main = 'src/index.js'
compatibility_date = 2026-07-01

[vars]
compatibility_date = "no setting"
text = """
name = "not this one"
"""

[[r2_buckets]]
binding = "MEDIA"
bucket_name = "media"

[env.staging]
name = "staging"`;

  test("gets its tables at the end and its settings in front of the first one", async () => {
    const { after } = await initApp(withWrangler("wrangler.toml", TOML));
    const text = after["wrangler.toml"] ?? "";
    expect(text).toContain('compatibility_date = 2026-07-01\ncompatibility_flags = ["nodejs_compat"]\n');
    expect(text.slice(text.indexOf("[env.staging]"))).toBe(`[env.staging]
name = "staging"

[[d1_databases]]
binding = "DB"
database_name = "my-app"
database_id = "my-app" # production's id when you deploy; locally any text will do

[[r2_buckets]]
binding = "DATA_SYNC"
bucket_name = "my-app-sync"
`);
    expect(parseToml(text)).toMatchObject({
      r2_buckets: [{ binding: "MEDIA" }, { binding: "DATA_SYNC" }],
      vars: { compatibility_date: "no setting", text: 'name = "not this one"\n' },
    });
  });

  test.each([
    ["compatibility_flags = []", 'compatibility_flags = ["nodejs_compat"]'],
    ['compatibility_flags = [ "a" ] # flags', 'compatibility_flags = ["nodejs_compat",  "a" ] # flags'],
    ['compatibility_flags = [\n  "a",\n]', 'compatibility_flags = [\n  "nodejs_compat",\n  "a",\n]'],
  ])("%j becomes %j", async (before, line) => {
    const { after } = await initApp(
      withWrangler("wrangler.toml", `name = "my-app"\n${before}\nmain = "src/index.js"\n`),
    );
    expect(after["wrangler.toml"]).toContain(line);
  });

  test("with its databases in one line says what to add by hand", async () => {
    const text = 'main = "src/index.js"\r\nr2_buckets = [{ binding = "MEDIA", bucket_name = "media" }]\r\n';
    const directory = await makeApp(withWrangler("wrangler.toml", text));
    const { json, after } = await init(directory);
    expect(json.snippets).toMatchObject([
      { path: "wrangler.toml", code: expect.stringContaining('binding = "DATA_SYNC"') },
    ]);
    expectOnlyAdded(text, after["wrangler.toml"], "wrangler.toml");
    expect(after["wrangler.toml"]).toContain('[[d1_databases]]\r\nbinding = "DB"\r\n');
  });
});

describe("a new wrangler.jsonc", () => {
  test("names the bucket as Webflow Cloud takes it", async () => {
    const name = "a-very-long-name-of-an-app-that-goes-on";
    const { after } = await initApp({
      ...WORKER,
      "package.json": JSON.stringify({ name, dependencies: { hono: "^4" } }),
    });
    const { r2_buckets, ...rest } = jsonc(after["wrangler.jsonc"]);
    expect(rest).toMatchObject({ name, main: "src/index.ts", compatibility_flags: ["nodejs_compat"] });
    expect(r2_buckets[0].bucket_name).toMatch(/^(?=.{1,27}$)[a-z0-9]+(-[a-z0-9]+)*$/);
  });

  test("is not made beside bindings that are written in TypeScript", async () => {
    const { json, after } = await init(
      await makeApp({
        ...WORKER,
        "package.json": JSON.stringify({ name: "my-app", dependencies: { hono: "^4" } }),
        "cloudflare.config.ts": "export default defineConfig({ worker: { env: {} } });\n",
      }),
    );
    expect(after["wrangler.jsonc"]).toBeUndefined();
    expect(json.snippets).toMatchObject([
      { path: "cloudflare.config.ts", code: expect.stringContaining('DB: { type: "d1"') },
    ]);
  });
});
