import { createHash } from "node:crypto";
import { parseEnv } from "node:util";
import { fine, problem, warning } from "../../api/findings.ts";
import { printable } from "../printing/printable.ts";
import { entriesIn } from "../setup/config-entries.ts";
import { askGit } from "../setup/git.ts";
import { DEFAULT_NAMES } from "../setup/names.ts";
import { type Project, readProject } from "../setup/project.ts";
import { bindingsIn, findWranglerFile, type WranglerFile } from "../setup/wrangler-file.ts";
import type { World } from "../world.ts";
import { type Check, once } from "./check.ts";
import { checkMigrations } from "./migrations-check.ts";

/** What the files of the app's directory say. */
export async function configurationChecks({ cwd, env }: Pick<World, "cwd" | "env">): Promise<Check[]> {
  const project = await readProject(cwd);
  const read = once(() => findWranglerFile(project));
  // That it cannot be read is the first check's finding.
  const file = () => read().catch(() => null);
  return [
    { name: "wrangler file", run: async () => checkBindings(await read()) },
    { name: "Webflow Cloud", run: async () => checkWebflow(project, await file()) },
    { name: "preview", run: async () => checkPreview(await file()) },
    { name: "secrets", run: () => checkSecrets(project, { env }) },
    { name: "token", run: () => checkToken(project) },
    { name: "migrations", run: async () => checkMigrations(await file(), cwd) },
  ];
}

type Config = WranglerFile["config"];

function checkBindings(file: WranglerFile | null) {
  if (file === null) return null;
  const { path, config } = file;
  const databases = bindingsIn(config, "d1_databases");
  const buckets = bindingsIn(config, "r2_buckets");
  const init = "npx d1-ferry init adds what is missing";
  if (databases.length === 0) return problem(`${path} binds no D1 database`, init);
  if (buckets.length === 0) return problem(`${path} binds no R2 bucket`, init);
  const named = [DEFAULT_NAMES.database, DEFAULT_NAMES.bucket];
  const missing = named.filter((name, i) => !(i === 0 ? databases : buckets).includes(name));
  const found = `${path} binds ${databases.join(", ")} and ${buckets.join(", ")}`;
  return missing.length === 0
    ? fine(found)
    : fine(`${found}; without ${missing.join(" and ")} the app's own options have to name them`);
}

/** Without any of these Webflow Cloud merges no binding at all. */
const NEEDED: readonly [list: string, members: readonly string[]][] = [
  ["", ["name", "compatibility_date"]],
  ["d1_databases", ["database_name", "database_id"]],
  ["r2_buckets", ["bucket_name"]],
];

/** What its build leaves out, whatever the file says. */
const NOT_MERGED = ["vars", "triggers", "workflows", "queues", "durable_objects", "services"];

const BUCKET_NAME = /^[a-z0-9](?:[a-z0-9-]{0,25}[a-z0-9])?$/;

async function checkWebflow(project: Project, file: WranglerFile | null) {
  const isWebflow = (await project.has("webflow.json")) || project.dependencies.has("@webflow/webflow-cli");
  if (!isWebflow) return null;
  if (file === null || file.format === "toml")
    return problem(
      "Webflow Cloud reads wrangler.json or wrangler.jsonc, and no other file",
      `Write the bindings into wrangler.jsonc${file === null ? ": npx d1-ferry init does" : ""}`,
    );
  const { config, path } = file;
  const missing = NEEDED.flatMap(([list, members]) =>
    (list === "" ? [config] : entriesIn(config, list)).flatMap((entry) =>
      members
        .filter((member) => !isText(entry[member]))
        .map((member) => (list === "" ? member : `${list}.${member}`)),
    ),
  );
  if (missing.length > 0)
    return problem(
      `${path} lacks ${[...new Set(missing)].join(", ")}: Webflow Cloud then merges no binding at all`,
      "Give each of them a value; Webflow puts its own database and bucket behind the bindings",
    );
  const names = entriesIn(config, "r2_buckets").map(({ bucket_name: name }) => String(name));
  const refused = names.find((name) => !BUCKET_NAME.test(name));
  if (refused !== undefined)
    return problem(
      `Webflow Cloud takes no bucket called ${printable(refused)}`,
      "A bucket's name has at most 27 characters of a-z, 0-9 and -, and no hyphen at an end",
    );
  const ignored = NOT_MERGED.filter((member) => config[member] !== undefined);
  return ignored.length === 0
    ? fine(`${path} has what Webflow Cloud merges`)
    : warning(
        `Webflow Cloud leaves out ${ignored.join(", ")} of ${path}`,
        "Set variables in the Webflow dashboard; what needs a cron, a queue or a workflow does not run there",
      );
}

function checkPreview(file: WranglerFile | null) {
  const databases = file === null ? [] : entriesIn(file.config, "d1_databases");
  const shared = databases.filter(
    ({ database_id: id, preview_database_id: preview }) => isText(id) && id === preview,
  );
  if (databases.length === 0) return null;
  const environments = Object.entries((file?.config.env ?? {}) as Record<string, Config>);
  const ids = new Set(databases.map(({ database_id: id }) => id).filter(isText));
  const also = environments.flatMap(([name, config]) =>
    entriesIn(config, "d1_databases").some(({ database_id: id }) => isText(id) && ids.has(id)) ? [name] : [],
  );
  if (shared.length > 0)
    return warning(
      `preview_database_id of ${names(shared)} is production's own`,
      "Previews write into production then: make a database for them (npx wrangler d1 create NAME)",
    );
  return also.length === 0
    ? fine("no preview or environment shares production's database")
    : warning(
        `${also.map((name) => `env.${printable(name)}`).join(", ")} has the database of the top level`,
        "If one of them is production, the other one writes into it",
      );
}

const names = (entries: readonly Record<string, unknown>[]): string =>
  entries.map(({ binding }) => printable(String(binding))).join(", ");

/** Files that hold the token. */
const SECRET_FILES = [".env", ".dev.vars"];

async function checkSecrets(project: Project, world: Pick<World, "env">) {
  const there: string[] = [];
  for (const name of SECRET_FILES) if ((await project.read(name)) !== null) there.push(name);
  if (there.length === 0) return null;
  const git = await askGit(project.directory, world);
  if (!git.repository) return fine(`${there.join(" and ")}: this is no git repository`);
  const kept: string[] = [];
  const open: string[] = [];
  for (const name of there) {
    if (await git.tracks(name)) kept.push(name);
    else if (!(await git.ignores(name))) open.push(name);
  }
  if (kept.length > 0)
    return problem(
      `git keeps ${kept.join(" and ")}, with every token in it`,
      `git rm --cached ${kept.join(" ")}, add it to .gitignore, and make new tokens: old commits still have these`,
    );
  return open.length === 0
    ? fine(`git ignores ${there.join(" and ")}`)
    : problem(`git does not ignore ${open.join(" and ")}`, `Add ${open.join(" and ")} to .gitignore`);
}

/** The command sends what .env has, and the development server knows what .dev.vars has. */
async function checkToken(project: Project) {
  const [sent, known] = await Promise.all([tokenIn(project, ".env"), tokenIn(project, ".dev.vars")]);
  if (sent === null && known === null) return null;
  if (known === null) return fine(`.env has one (${digestOf(sent as string)})`);
  if (sent === null)
    return warning(".dev.vars has a token, and .env has none to send", "Put the same FERRY_TOKEN into .env");
  if (sent === known) return fine(`.env and .dev.vars have the same (${digestOf(sent)})`);
  return warning(
    `.env has another one (${digestOf(sent)}) than .dev.vars (${digestOf(known)})`,
    "The development server takes the one of .dev.vars: write it into .env as LOCAL_TOKEN",
  );
}

async function tokenIn(project: Project, name: string): Promise<string | null> {
  const values = parseEnv((await project.read(name)) ?? "");
  const own = name === ".env" ? (values.LOCAL_TOKEN ?? values.FERRY_TOKEN) : values.FERRY_TOKEN;
  return own === undefined || own === "" ? null : own;
}

/** Enough to tell two tokens apart, and nothing to find one by. */
const digestOf = (token: string): string =>
  `SHA-256 ${createHash("sha256").update(token).digest("hex").slice(0, 8)}…`;

const isText = (value: unknown): value is string => typeof value === "string" && value !== "";
