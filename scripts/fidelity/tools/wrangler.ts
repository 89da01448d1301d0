import { cp, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { stripVTControlCharacters } from "node:util";
import manifest from "wrangler/package.json" with { type: "json" };
import { makeCases, open } from "../observe.ts";
import { runProgram } from "../program.ts";
import type { Tool } from "../tool.ts";
import { databaseIn } from "./ferry-app.ts";

const WRANGLER = fileURLToPath(new URL("../../../node_modules/wrangler/bin/wrangler.js", import.meta.url));

let template: Promise<void> | undefined;

/** `wrangler d1 export --local`, and `wrangler d1 execute --local --file` into another local D1. */
export const wrangler: Tool = {
  id: "wrangler",
  title: "wrangler d1 export, execute",
  version: async () => manifest.version,
  async carry(cases, folder) {
    const empty = join(folder, "..", "wrangler-empty");
    template ??= makeProject(empty);
    await template;
    const [from, to] = [join(folder, "from"), join(folder, "to")];
    await cp(empty, from, { recursive: true });
    await cp(empty, to, { recursive: true });
    const source = open(await databaseIn(from));
    makeCases(source, cases);
    source.close();
    const dump = join(folder, "dump.sql");
    const error =
      (await run(from, ["export", "app", "--local", "--skip-confirmation", "--output", dump])) ??
      (await run(to, ["execute", "app", "--local", "--yes", "--file", dump]));
    return { error, places: [{ name: "D1", path: await databaseIn(to) }] };
  },
};

/** A project with an empty local D1. */
async function makeProject(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const database = { binding: "DB", database_name: "app", database_id: "app" };
  const config = { name: "app", compatibility_date: "2026-10-01", d1_databases: [database] };
  await writeFile(join(folder, "wrangler.json"), JSON.stringify(config));
  const error = await run(folder, ["execute", "app", "--local", "--yes", "--command", "SELECT 1"]);
  if (error !== null) throw new Error(`wrangler cannot make a local D1: ${error}`);
}

async function run(folder: string, args: readonly string[]): Promise<string | null> {
  const { code, stdout, stderr } = await runProgram(process.execPath, [WRANGLER, "d1", ...args], {
    cwd: folder,
    env: {
      WRANGLER_SEND_METRICS: "false",
      WRANGLER_LOG_PATH: join(folder, "logs"),
      XDG_CONFIG_HOME: join(folder, "config"),
    },
  });
  if (code === 0) return null;
  return reasonIn(`${stderr}\n${stdout}`) ?? `exit code ${code}`;
}

/** What it said of its failure, without colours and without what is another one each time. */
export function reasonIn(output: string): string | null {
  const lines = stripVTControlCharacters(output).split("\n");
  const reason = lines.find((line) => line.includes("[ERROR]")) ?? lines.find((line) => line.trim() !== "");
  if (reason === undefined) return null;
  return reason
    .replace(/^.*\[ERROR\]\s*/, "")
    .replace(/; reference = \w+/, "")
    .replace("D1_ERROR: Failed to parse body as JSON, got: Error: ", "")
    .trim();
}
