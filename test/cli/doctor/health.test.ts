import { mkdir, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import manifest from "../../../package.json" with { type: "json" };
import type { Finding } from "../../../src/api/findings.ts";
import { directoryBucket } from "../../../src/bucket/directory.ts";
import { writeLogEntry } from "../../../src/bucket/log.ts";
import { bytes } from "../../../src/numbers.ts";
import { describeToken, newToken } from "../../../src/tokens.ts";
import { jsonOf, runCli, workDirectory } from "../../support/cli.ts";
import { makeSample, runSql } from "../../support/sample.ts";
import { type AppServerOptions, startAppServer, TOKEN } from "../../support/server.ts";

const { version } = manifest;

let cwd: string;
const at = (name: string) => join(cwd, name);
beforeEach(async () => {
  cwd = await workDirectory();
  makeSample(at("rows.sqlite"));
});

async function startApp(name: string, options: Partial<AppServerOptions> = {}): Promise<string> {
  makeSample(at(`${name}.sqlite`));
  await mkdir(at(`${name}-bucket`));
  const app = await startAppServer({
    database: at(`${name}.sqlite`),
    bucket: at(`${name}-bucket`),
    ...options,
  });
  onTestFinished(() => app.close());
  return app.url;
}

type Told = (answer: Record<string, unknown>) => { status?: number; body: unknown };

/** The app at `url`, which answers something else when it is asked how it is. */
async function saying(url: string, told: Told): Promise<string> {
  const proxy = createServer(async (request, response) => {
    const { method = "GET", headers } = request;
    const sent = method === "GET" ? {} : { body: await buffer(request) };
    const answer = await fetch(url + request.url, {
      ...{ method, ...sent },
      headers: { authorization: headers.authorization ?? "", "content-type": headers["content-type"] ?? "" },
    });
    const text = await answer.text();
    const { status = answer.status, body } = request.url?.includes("operation=health")
      ? told(JSON.parse(text) as Record<string, unknown>)
      : { body: text };
    const type = answer.headers.get("content-type") ?? "";
    response
      .writeHead(status, { "content-type": type })
      .end(typeof body === "string" ? body : JSON.stringify(body));
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void proxy.close());
  return `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
}

async function doctor(source: string, target: string): Promise<Map<string, Finding>> {
  const apps = [source, target].filter((place) => place.startsWith("http"));
  const [first = "", second = first] = apps;
  await writeFile(at(".env"), `LOCAL_API=${first}\nPROD_API=${second}\nFERRY_TOKEN=${TOKEN}\n`);
  const ran = await runCli(["doctor", source, target, "--json"], { cwd });
  const { findings } = jsonOf(ran) as { findings: Finding[] };
  return new Map(findings.map((one) => [one.check, one]));
}

const asIt = ({ version: _, ...answer }: Record<string, unknown>, other: string) => ({
  body: { ...answer, version: other },
});

describe("What apps say of themselves, doctor tells:", () => {
  test("on a good day a line for the versions, and one for the target's room", async () => {
    const findings = await doctor(await startApp("local"), await startApp("prod"));
    expect(findings.get("versions")).toEqual({
      check: "versions",
      verdict: "ok",
      found: `${version} at both ends, as here`,
      advice: [],
    });
    const size = bytes((await stat(at("local.sqlite"))).size);
    expect(findings.get("target: room")).toMatchObject({
      verdict: "ok",
      found: `${size} of the 100.0 MB that webflow-cloud gives a database; the source has ${size}`,
    });
    for (const check of ["daily quota", "database", "bucket", "platform", "tokens", "health"])
      for (const end of ["source", "target"]) expect(findings.has(`${end}: ${check}`), check).toBe(false);
  });

  test("which end has another version, and what to type", async () => {
    const local = await startApp("local");
    const prod = await saying(await startApp("prod"), (answer) => asIt(answer, "9.9.9-beta.1"));
    expect((await doctor(local, prod)).get("versions")).toMatchObject({
      verdict: "warning",
      found: `the source has ${version}, the target has 9.9.9-beta.1, this command is ${version}`,
      advice: [
        `Install d1-ferry ${version} in the app of the target, and deploy it; or install 9.9.9-beta.1 here`,
      ],
    });
    expect((await doctor("rows.sqlite", local)).get("versions")?.found).toBe(
      `${version} at the target, as here`,
    );
  });

  test("nothing of what an older app does not answer, or another answers to nobody", async () => {
    const answers = [
      { status: 400, body: { error: "Unknown operation", code: "UNKNOWN_OPERATION" } },
      { status: 403, body: { error: "This app does not answer it", code: "FORBIDDEN" } },
    ];
    const prod = await startApp("prod");
    for (const answer of answers) {
      const findings = await doctor("rows.sqlite", await saying(prod, () => answer));
      expect([...findings.keys()].filter((check) => /version|room|quota|health/.test(check))).toEqual([]);
      expect(findings.get("target: access")?.verdict).toBe("ok");
    }
  });

  test("an answer that is none, once, and no command of an app's making", async () => {
    const prod = await startApp("prod");
    for (const other of ["1.0.0; rm -rf ~", "\u001b[2J", "", "v".repeat(65)]) {
      const findings = await doctor("rows.sqlite", await saying(prod, (answer) => asIt(answer, other)));
      expect(findings.get("target: health")).toMatchObject({
        verdict: "problem",
        found: expect.stringContaining('"version" is missing or not what it has to be'),
      });
      expect(findings.has("versions")).toBe(false);
    }
    const checks = [{ check: "room", verdict: "warning", found: "\u001b[2Jgone", advice: ["\u202elook"] }];
    const escaping = await saying(prod, (answer) => ({ body: { ...answer, checks } }));
    expect((await doctor("rows.sqlite", escaping)).get("target: room")).toEqual({
      check: "target: room",
      verdict: "warning",
      found: "\ufffd[2Jgone",
      advice: ["\ufffdlook"],
    });
  });

  test("that a source may not fit, staged beside its rows", async () => {
    const prod = await startApp("prod");
    runSql(at("rows.sqlite"), "CREATE TABLE large (body); INSERT INTO large VALUES (zeroblob(200000))");
    const small = await saying(prod, (answer) => ({
      body: {
        ...answer,
        database: { ...(answer.database as object), bytes: 50_000, limitBytes: 300_000 },
      },
    }));
    const found = (await doctor("rows.sqlite", small)).get("target: room");
    expect(found).toMatchObject({
      verdict: "warning",
      found: expect.stringContaining(`; the source has ${bytes((await stat(at("rows.sqlite"))).size)}`),
      advice: [expect.stringContaining("(--tables)")],
    });
  });

  test("how much of the day's rows is left on the free plan", async () => {
    const prod = await startApp("prod", { platform: "workers-free" });
    const findings = await doctor("rows.sqlite", prod);
    expect(findings.get("target: daily quota")).toMatchObject({
      verdict: "ok",
      found: "syncs wrote 0 of the 100,000 rows that the account may write today",
    });
    await writeLogEntry(directoryBucket(at("prod-bucket")), {
      ...{ who: "token:ci", from: null, did: "sync", key: null, code: null, version: 1, mode: "merge" },
      ...{ counts: {}, ms: 1, statements: 1, bucketOperations: 1, outcome: "completed" as const },
      ...{ at: Date.now(), rowsWritten: 90_000 },
    });
    expect((await doctor("rows.sqlite", prod)).get("target: daily quota")).toMatchObject({
      verdict: "warning",
      found: expect.stringMatching(/^syncs wrote 90,000 of /),
      advice: [expect.stringContaining("midnight UTC")],
    });
  });

  test("which of the app's tokens has ended", async () => {
    const tokens = await describeToken(newToken(), { name: "ci", may: ["plan"], expires: 0 });
    const prod = await startApp("prod", { tokens });
    const findings = await doctor("rows.sqlite", prod);
    expect(findings.get("target: tokens")).toMatchObject({
      verdict: "warning",
      found: "ci ended on 1970-01-01",
      advice: [expect.stringContaining("d1-ferry token")],
    });
  });
});
