import { execFileSync } from "node:child_process";
import { delimiter } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { run } from "../../scripts/demo/processes.ts";
import { completeHistory, expectEqualTables, history } from "./support/expect-equal.ts";
import { logInto, type Production, startProduction } from "./support/production.ts";

const EXAMPLE = fileURLToPath(new URL("../../examples/community-pulse/", import.meta.url));
const { local } = inject("shared");

/** The machine's own Node: what `node` is to someone who runs the script without npm. */
const machine = findMachineNode();

let production: Production;

beforeAll(async () => {
  production = await startProduction();
});
afterAll(() => production.server.stop());

function findMachineNode(): { path: string; version: string } {
  const own = { path: process.execPath, version: process.version };
  const PATH = (process.env.PATH ?? "")
    .split(delimiter)
    .filter((folder) => !folder.includes("node_modules"))
    .join(delimiter);
  try {
    const printed = execFileSync("node", ["-p", "process.execPath + '\\n' + process.version"], {
      env: { PATH },
      encoding: "utf8",
    });
    const [path = own.path, version = own.version] = printed.trim().split("\n");
    return Number(/^v(\d+)/.exec(version)?.[1]) >= 20 ? { path, version } : own;
  } catch {
    return own;
  }
}

const script = (args: string[], env: Record<string, string> = {}, node?: string) =>
  run(["scripts/export-and-upload.js", ...args], {
    cwd: EXAMPLE,
    env: { LOCAL_API: local.url, PROD_API: production.url, FERRY_TOKEN: "", ...env },
    ...(node === undefined ? {} : { node }),
  });

describe("node scripts/export-and-upload.js", () => {
  it(`--target=production moves everything, on the machine's own Node (${machine.version})`, async () => {
    const { code, stdout, stderr } = await script(
      ["--target=production"],
      { FERRY_TOKEN: production.token },
      machine.path,
    );
    expect(stderr).toBe("");
    expect(code).toBe(0);
    expect(stdout).toContain("25,537 rows");
    expectEqualTables(production.state);
    expect(history(production.state)).toEqual(completeHistory(1));
  });

  it("says what to type when the version is there already", async () => {
    const { code, stderr } = await script(["--target=production"], { FERRY_TOKEN: production.token });
    expect(code).toBe(1);
    expect(stderr).toContain("Already synced");
    expect(stderr).toContain("--version=2");
  });

  it("--table carries one table, with the cookie of a login and no token", async () => {
    const cookie = await logInto(production);
    const { code, stderr } = await script([
      "--target=production",
      "--table=authors",
      "--version=2",
      `--prod-cookie=${cookie.replace("pulse_session=", "")}`,
    ]);
    expect(stderr).toBe("");
    expect(code).toBe(0);
    expect(history(production.state)).toEqual([...completeHistory(1), ["authors", 2, 7014]]);
  });

  it("is refused by production without a login, and tells why", async () => {
    const { code, stderr } = await script(["--target=production", "--version=3"]);
    expect(code).toBe(1);
    expect(stderr).toContain("Authentication required");
  });

  it("without a target goes the whole way on the local app, as a test of it", async () => {
    const { code, stderr } = await script(["--version=70"]);
    expect(stderr).toBe("");
    expect(code).toBe(0);
    const ofThisRun = history(local.state).filter(([, version]) => version === 70);
    expect(ofThisRun).toEqual(completeHistory(70));
  });
});
