import { mkdir, writeFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import { inspect } from "node:util";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createClient } from "../../../src/client/index.ts";
import { USAGE } from "../../support/answers.ts";
import { someOf } from "../../support/cases.ts";
import { type CliRun, jsonOf, runCli, workDirectory } from "../../support/cli.ts";
import { countTried } from "../../support/figures.ts";
import { type HostileServer, startHostileServer } from "../../support/hostile-server.ts";
import { makeSample, runSql } from "../../support/sample.ts";
import { type AppServer, startAppServer } from "../../support/server.ts";
import { filesIn, plant, searcher } from "./planted.ts";
import { type Recorder, startRecorder } from "./recorder.ts";

const SECRETS = plant(
  "localToken",
  "prodToken",
  "wrongToken",
  "brokenToken",
  "spacedToken",
  "cookie",
  "password",
  "query",
  "devVars",
  "envFile",
  "localHash",
  "localSession",
  "prodHash",
);
const { find, seen } = searcher(SECRETS);

/** Which cells stand where by right: each in the database that it is from. */
const AT_HOME: Record<string, readonly string[]> = {
  "local.sqlite": ["localHash", "localSession"],
  "prod.sqlite": ["prodHash"],
};
/** Written by the test itself. */
const PLANTED = [".env", ".dev.vars"];

let cwd: string;
let apps: AppServer[];
let recorders: Recorder[];
let echo: HostileServer;
let commands = 0;

beforeAll(async () => {
  cwd = await workDirectory();
  const [local, prod] = await Promise.all([startApp("local"), startApp("prod")]);
  apps = [local, prod];
  recorders = await Promise.all(apps.map((app) => startRecorder(app.url)));
  echo = await startHostileServer(sayItBack);
  const [localApi, prodApi] = recorders.map(({ url }) => url);
  const { localToken, prodToken, envFile, devVars } = SECRETS;
  await writeFile(
    join(cwd, ".env"),
    `LOCAL_API=${localApi}\nPROD_API=${prodApi}\nLOCAL_TOKEN=${localToken}\nPROD_TOKEN=${prodToken}\nOTHER=${envFile}\n`,
  );
  await writeFile(join(cwd, ".dev.vars"), `FERRY_TOKEN=${devVars}\n`);
  await writeFile(join(cwd, "refused.json"), '{"data":{"posts":[{"id":1,"author_id":null,"body":"x"}]}}');
  await writeFile(join(cwd, "broken.json"), '{"data":{"posts":[{"id":1,');
});

afterAll(async () => {
  await echo.close();
  for (const one of [...recorders, ...apps]) await one.close();
  const count = Object.keys(SECRETS).length;
  console.log(
    `${count} secrets, ${commands} commands, ${seen.outputs} outputs of ${seen.bytes} bytes searched`,
  );
});

async function startApp(name: "local" | "prod"): Promise<AppServer> {
  const file = join(cwd, `${name}.sqlite`);
  makeSample(file, { empty: name === "prod" });
  const hash = name === "local" ? SECRETS.localHash : SECRETS.prodHash;
  runSql(
    file,
    `CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, passwordHash TEXT);
     INSERT INTO users VALUES (1, 'ada', '${hash}');
     ${name === "local" ? `INSERT INTO sessions VALUES ('${SECRETS.localSession}', 'ada');` : ""}`,
  );
  await mkdir(join(cwd, `${name}-bucket`));
  const token = name === "local" ? SECRETS.localToken : SECRETS.prodToken;
  return startAppServer({ database: file, bucket: join(cwd, `${name}-bucket`), token });
}

/** A server that shows whoever asks what was sent, in every place that an answer has. */
function sayItBack({ headers, url = "" }: IncomingMessage, response: ServerResponse): void {
  const said = `${headers.authorization ?? ""} ${headers.cookie ?? ""}`;
  const error = { error: said, code: "ROW_REFUSED", hint: said, details: { table: said, list: [said] } };
  const how: Record<string, () => void> = {
    "/error": () => json(400, error),
    "/login": () => json(401, { ...error, code: "AUTHENTICATION_REQUIRED" }),
    "/unknown": () => json(418, { ...error, code: said.slice(0, 200) }),
    "/page": () => text(404, `<h1>${said}</h1>`),
    "/redirect": () => response.writeHead(302, { location: `/${encodeURIComponent(said)}` }).end(),
    "/type": () => response.writeHead(200, { "content-type": `text/${said.replace(/\W/g, "")}` }).end("x"),
    "/success": () =>
      json(200, {
        history: [{ seedName: said, seedVersion: 1, recordCount: 1, appliedAt: said }],
        usage: USAGE,
      }),
  };
  const json = (status: number, body: object) => text(status, JSON.stringify(body), "application/json");
  const text = (status: number, body: string, type = "text/html") =>
    response.writeHead(status, { "content-type": type }).end(body);
  how[`/${url.split("/")[1]}`]?.();
}

interface Case {
  args: string[];
  env?: Record<string, string>;
  code: number;
  impatient?: boolean;
}

async function search({ args, env = {}, code, impatient = false }: Case): Promise<CliRun> {
  commands++;
  countTried("commands searched for secrets");
  const run = await runCli(args, { cwd, env, impatient });
  expect(run.code, run.stderr).toBe(code);
  expect(find(run.stderr), run.stderr).toEqual([]);
  expect(find(run.stdout)).toEqual([]);
  for (const { path, bytes } of filesIn(cwd)) {
    const name = path.slice(cwd.length + 1);
    if (!PLANTED.includes(name)) expect(find(bytes, AT_HOME[name]), name).toEqual([]);
  }
  for (const { answers } of recorders) {
    for (const { head, body } of answers.splice(0)) {
      expect(find(head)).toEqual([]);
      expect(find(body)).toEqual([]);
    }
  }
  return run;
}

test("The search finds a secret as it is, packed, encoded and cut", () => {
  const { prodToken } = SECRETS;
  for (const output of [
    prodToken,
    gzipSync(`x${prodToken}`),
    encodeURIComponent(prodToken),
    prodToken.slice(0, 40),
  ])
    expect(find(output)).toEqual(["prodToken"]);
});

describe("No secret is in what is printed, written, kept or answered", () => {
  test("of commands that succeed", async () => {
    await search({ args: ["push", "--yes"], code: 0 });
    const listed = await search({ args: ["list", "--json"], code: 0 });
    const [{ key = "" } = {}] = jsonOf(listed).runs as { key?: string }[];
    await search({ args: ["push", "--yes", "--json"], code: 0 });
    await search({ args: ["diff", "--rows", "--json"], code: 0 });
    await search({ args: ["verify"], code: 0 });
    await search({ args: ["status", key, "--json"], code: 0 });
    await search({ args: ["history"], code: 0 });
    await search({ args: ["doctor", "--json"], code: 0 });
    const [local = "", prod = ""] = recorders.map(({ url }) => url);
    await search({ args: ["export", local, "-o", "out.json.gz", "--json"], code: 0 });
    await search({ args: ["export", prod, "-o", "-"], code: 0 });
    await search({ args: ["export", "local.sqlite", "-o", "file.json.gz"], code: 0 });
    await search({ args: ["pull", "--to", "copy.sqlite", "--yes", "--json"], code: 0 });
    await search({ args: ["import", "out.json.gz", "--to", prod, "--version", "2", "--dry-run"], code: 0 });
    await search({ args: ["prune", "--dry-run", "--json"], code: 0 });
  });

  test("of commands that an app refuses", async () => {
    const [, prod = ""] = recorders.map(({ url }) => url);
    await search({ args: ["push", "--version", "1", "--yes", "--json"], code: 1 });
    await search({
      args: ["import", "refused.json", "--to", prod, "--version", "3", "--yes", "--json"],
      code: 1,
    });
    await search({ args: ["import", "broken.json", "--to", prod, "--version", "4", "--yes"], code: 1 });
    await search({ args: ["push", "--yes"], env: { PROD_TOKEN: SECRETS.wrongToken }, code: 1 });
    await search({
      args: ["list", "--json"],
      env: { PROD_TOKEN: `${SECRETS.spacedToken} and more` },
      code: 1,
    });
    await search({
      args: ["list", `--prod-cookie=session=${SECRETS.cookie}`],
      env: { PROD_TOKEN: SECRETS.wrongToken },
      code: 1,
    });
    runSql(join(cwd, "prod.sqlite"), "INSERT INTO authors (id, name) VALUES (801, 'only here')");
    await search({ args: ["push", "--mode", "mirror", "--version", "5", "--yes"], code: 2 });
  });

  const half = SECRETS.brokenToken.slice(0, 30);
  const other = SECRETS.brokenToken.slice(30);
  const { password, query, cookie, envFile, wrongToken } = SECRETS;
  const leaks: [string, Case][] = [
    [
      "a token with a line break",
      { args: ["list", "--json"], env: { PROD_TOKEN: `${half}\n${other}` }, code: 2 },
    ],
    ["a cookie with a line break", { args: ["list", `--prod-cookie=${cookie}\nx`], code: 2 }],
    [
      "a cookie that is given twice",
      { args: ["list", "--cookie", cookie, `--cookie=${cookie}`, "--json"], code: 2 },
    ],
    ["a cookie's flag, mistyped", { args: ["list", `--cokie=${cookie}`, "--json"], code: 2 }],
    [
      "a token in place of a variable's name",
      { args: ["list", "--token-env", wrongToken, "--json"], code: 2 },
    ],
    ["a token that no other address is for", { args: ["list", "--token-env", "OTHER"], code: 2 }],
    ["a password in --url", { args: ["list", "--url", `https://me:${password}@127.0.0.1:9`], code: 2 }],
    [
      "a password without a scheme",
      { args: ["push", "--to", `me:${password}@example.com`, "--yes"], code: 2 },
    ],
    [
      "a password of a database",
      { args: ["push", "--from", `postgres://me:${password}@db/x`, "--yes"], code: 2 },
    ],
    [
      "a password in a broken address",
      { args: ["list", "--url", `https://me:${password}@exa mple`], code: 2 },
    ],
    ["a password in PROD_API", { args: ["list"], env: { PROD_API: `me:${password}@example.com` }, code: 2 }],
    ["a query in a broken address", { args: ["list", "--url", `https://exa mple/?token=${query}`], code: 2 }],
    [
      "a query in PROD_API",
      { args: ["list"], env: { PROD_API: `ftp://x.example/?token=${query}` }, code: 2 },
    ],
    [
      "an app that is not there",
      { args: ["export", `http://127.0.0.1:9/?token=${query}`, "-o", "x.gz"], code: 1, impatient: true },
    ],
  ];
  test.each(someOf(leaks))("of %s", async (_what, one) => {
    await search(one);
  });

  test.each(someOf(["error", "login", "unknown", "page", "redirect", "type", "success"]))(
    "of a server that says it back as its %s",
    async (how) => {
      const url = `${echo.url}/${how}`;
      const code = how === "success" ? 0 : 1;
      const args = [
        "history",
        "--url",
        url,
        "--token-env",
        "OTHER",
        `--cookie=a=1; session=${cookie}`,
        "--json",
      ];
      await search({ args, code });
      const client = createClient({ baseUrl: url, token: envFile, cookie: `session=${cookie}` });
      const told = await client.history().catch((error: unknown) => error);
      expect(find(inspect(told, { depth: 12, showHidden: true }))).toEqual([]);
      expect(find(JSON.stringify(told))).toEqual([]);
    },
  );
});

test("An app's answers hold nothing of what a request had in its headers or its query", async () => {
  const { wrongToken, cookie, query, prodToken } = SECRETS;
  const [, prod] = recorders;
  const route = `${prod?.url}/api/admin/r2-sync`;
  for (const authorization of [`Bearer ${wrongToken}`, `Bearer ${prodToken}`, `Basic ${wrongToken}`]) {
    for (const method of ["GET", "POST", "PUT", "DELETE", "OPTIONS"]) {
      await fetch(`${route}?token=${query}&operation=list`, {
        method,
        headers: { authorization, cookie: `session=${cookie}`, "x-api-key": wrongToken },
        ...(method === "POST" || method === "PUT" ? { body: "{" } : {}),
      }).then((response) => response.arrayBuffer());
    }
  }
  const answers = prod?.answers.splice(0) ?? [];
  expect(answers).toHaveLength(15);
  for (const { head, body } of answers) expect([...find(head), ...find(body)]).toEqual([]);
});
