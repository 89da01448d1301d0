import type { Addition } from "./additions.ts";
import { addToJsonc, printJson } from "./edit-jsonc.ts";
import { addToToml } from "./edit-toml.ts";
import { emptyPart, type Part } from "./file-change.ts";
import { type BindingNames, bucketName } from "./names.ts";
import type { FoundFile } from "./project.ts";
import { bindingsIn, type WranglerFile } from "./wrangler-file.ts";

export interface WranglerNeeds {
  app: string;
  names: BindingNames;
  /** Of a file that says none: YYYY-MM-DD. */
  date: string;
  /** What a new file of this framework has beside bindings. */
  newFile: Readonly<Record<string, unknown>>;
  /** Webflow Cloud reads the file: it has to say more, and be JSON. */
  webflow: boolean;
}

const ID_REMARK = "production's id when you deploy; locally any text will do";

/** Adds what the file lacks, or writes a new one. `programmed` is the file of an app that says its bindings in TypeScript. */
export function wranglerChanges(
  file: WranglerFile | null,
  needs: WranglerNeeds,
  programmed: FoundFile | null,
): Part {
  if (file === null) return programmed === null ? newWranglerFile(needs) : inProgram(programmed, needs);
  const part = emptyPart();
  let after = file.text;
  for (const addition of missing(file.config, needs)) {
    const added =
      file.format === "toml"
        ? addToToml(after, addition)
        : addToJsonc(after, addition, { comments: file.format === "jsonc" });
    if (added !== null) after = added;
    else part.snippets.push(byHand(file, addition));
  }
  if (after !== file.text) part.changes.push({ path: file.path, before: file.text, after });
  part.notes.push(...environmentNotes(file, needs.names), ...secretNotes(file), ...compatNotes(file));
  if (needs.webflow && file.format === "toml")
    part.notes.push(
      `Webflow Cloud reads wrangler.json or wrangler.jsonc, and no ${file.path}: move it to one of these.`,
    );
  return part;
}

function missing(config: Readonly<Record<string, unknown>>, needs: WranglerNeeds): Addition[] {
  const { app, names, date, webflow } = needs;
  const settings: Addition[] = [
    { kind: "setting", key: "name", value: app },
    { kind: "setting", key: "compatibility_date", value: date },
  ];
  const lists: [string, string, Addition][] = [
    ["d1_databases", names.database, database(app, names)],
    ["r2_buckets", names.bucket, bucket(app, names)],
  ];
  return [
    ...(webflow ? settings.filter(({ key }) => config[key] === undefined) : []),
    ...(hasNodeCompat(config) ? [] : [FLAG]),
    ...lists.flatMap(([list, name, addition]) => (bindingsIn(config, list).includes(name) ? [] : [addition])),
  ];
}

/** From this date on every Worker has it that does not say otherwise. */
const ON_BY_DEFAULT = "2026-08-04";

function hasNodeCompat({
  compatibility_flags: flags,
  compatibility_date: date,
}: Readonly<Record<string, unknown>>): boolean {
  const said = Array.isArray(flags) ? flags.map(String) : [];
  if (said.some((flag) => /^(no_)?nodejs_compat(_v2)?$/.test(flag))) return true;
  return flags === undefined && typeof date === "string" && date >= ON_BY_DEFAULT;
}

const FLAG: Addition = { kind: "flag", key: "compatibility_flags", value: "nodejs_compat" };

function database(app: string, names: BindingNames) {
  const value = { binding: names.database, database_name: app, database_id: app };
  return { kind: "binding", key: "d1_databases", value, remarks: { database_id: ID_REMARK } } as const;
}

function bucket(app: string, names: BindingNames) {
  const value = { binding: names.bucket, bucket_name: bucketName(app) };
  return { kind: "binding", key: "r2_buckets", value } as const;
}

/** With comments, since whoever reads it next will want to know what to put there. */
function newWranglerFile({ app, names, date, newFile }: WranglerNeeds): Part {
  const path = "wrangler.jsonc";
  const start = printJson({
    $schema: "node_modules/wrangler/config-schema.json",
    name: app,
    ...newFile,
    compatibility_date: date,
    compatibility_flags: ["nodejs_compat"],
  });
  const after = [database(app, names), bucket(app, names)].reduce<string>(
    (text, addition) => addToJsonc(text, addition, { comments: true }) ?? text,
    start,
  );
  return { ...emptyPart(), changes: [{ path, before: null, after }] };
}

/** The TypeScript file is the app's program, and may say its bindings in any way. */
function inProgram({ path, text }: FoundFile, { app, names }: WranglerNeeds): Part {
  if (text.includes(names.database) && text.includes(names.bucket)) return emptyPart();
  const code = [
    `${names.database}: { type: "d1", name: ${JSON.stringify(app)} },`,
    `${names.bucket}: { type: "r2", name: ${JSON.stringify(bucketName(app))} },`,
  ].join("\n");
  return { ...emptyPart(), snippets: [{ path, where: "in the env of the worker", code }] };
}

function byHand({ path, format, config }: WranglerFile, addition: Addition) {
  const there = config[addition.key] !== undefined;
  const empty =
    format === "toml"
      ? addToToml("", addition)
      : addToJsonc("{}\n", addition, { comments: format === "jsonc" });
  return {
    path,
    where: there
      ? `add it to ${addition.key}, which is written in a way that is not edited safely`
      : "add it at the top level",
    code: (empty ?? "").trim(),
  };
}

/** Environments have bindings of their own: what stands outside is not theirs. */
function environmentNotes({ path, config }: WranglerFile, names: BindingNames): string[] {
  const { env } = config;
  if (typeof env !== "object" || env === null) return [];
  return Object.entries(env).flatMap(([name, own]: [string, unknown]) => {
    const bindings = (own ?? {}) as Record<string, unknown>;
    const has =
      bindingsIn(bindings, "d1_databases").includes(names.database) &&
      bindingsIn(bindings, "r2_buckets").includes(names.bucket);
    return has
      ? []
      : [
          `${path}: env.${name} does not inherit bindings. Add ${names.database} and ${names.bucket} there as well if d1-ferry is to run in it.`,
        ];
  });
}

/** Where the file lists its secrets, others are not read from .dev.vars. */
function secretNotes({ path, config: { secrets } }: WranglerFile): string[] {
  const { required } = (secrets ?? {}) as { required?: unknown };
  if (!Array.isArray(required) || required.includes("FERRY_TOKEN")) return [];
  return [
    `${path} lists the app's secrets: add "FERRY_TOKEN" to secrets.required, or the app does not get it.`,
  ];
}

function compatNotes({ path, config: { compatibility_flags: flags } }: WranglerFile): string[] {
  return Array.isArray(flags) && flags.includes("no_nodejs_compat")
    ? [`${path} says no_nodejs_compat: d1-ferry works without Node's gzip, several times slower.`]
    : [];
}
