import { posix } from "node:path";
import { addToEnvType, envTypeName } from "./edit-env-type.ts";
import { addToWorker } from "./edit-worker.ts";
import { ferryModule } from "./ferry-module.ts";
import { emptyPart, joinParts, type Part } from "./file-change.ts";
import { findFerry, namesInFerry } from "./find-ferry.ts";
import type { Mount } from "./framework.ts";
import type { BindingNames } from "./names.ts";
import type { FoundFile, Project } from "./project.ts";
import { importsOf, parseSource } from "./source-code.ts";
import type { WranglerFile } from "./wrangler-file.ts";

const ENTRIES = ["src/index.ts", "src/index.tsx", "src/index.js", "src/worker.ts", "src/worker.js"];

/** d1-ferry in a Worker of the app's own: a module that makes it, and two lines in the Worker's entry. */
export async function inspectWorker(project: Project, wrangler: WranglerFile | null): Promise<Mount> {
  const entry = await findEntry(project, wrangler);
  const ferry = await findFerry(project);
  return {
    names: ferry === null ? null : namesInFerry(ferry.text),
    mount: async (names) => mountInWorker({ project, entry, ferry, names }),
  };
}

async function findEntry(project: Project, wrangler: WranglerFile | null): Promise<FoundFile | null> {
  const main = wrangler?.config.main;
  if (wrangler === null || main === undefined) return project.first(ENTRIES);
  if (typeof main !== "string") return null;
  const path = posix.join(posix.dirname(wrangler.path), main);
  return isSource(path) ? project.first([path]) : null;
}

/** A file of the app's own: none that is built, and none outside of its folder. */
function isSource(path: string): boolean {
  return /\.[cm]?[jt]sx?$/.test(path) && !/^\.\.|(^|\/)(node_modules|dist|build|out|\.[^/]+)\//.test(path);
}

interface WorkerMount {
  project: Project;
  entry: FoundFile | null;
  /** Where createFerry is called already. */
  ferry: FoundFile | null;
  names: BindingNames;
}

async function mountInWorker({ project, entry, ferry, names }: WorkerMount): Promise<Part> {
  const part = emptyPart();
  // A call that is not in a module of its own is the app's, and so is where it goes from there.
  if (ferry !== null && !isModule(ferry)) return part;
  const path = ferry?.path ?? (await freePath(project, entry));
  if (ferry === null) part.changes.push({ path, before: null, after: ferryModule(project, names) });
  const module = entry === null ? `./${path}` : importPath(entry, path, project);
  if (entry !== null && importsModule(entry, path)) return part;
  const after = entry === null ? null : addToWorker({ ...entry, module });
  if (entry === null || after === null) part.snippets.push(byHand(entry, module));
  else return joinParts([part, await withTypes(project, { ...entry, after }, names)]);
  return part;
}

/** The edited entry, and the bindings in its own type of the environment, where no program writes that type. */
async function withTypes(
  project: Project,
  { path, text: before, after }: FoundFile & { after: string },
  names: BindingNames,
): Promise<Part> {
  const part = emptyPart();
  const typed = addToEnvType({ path, text: after }, names);
  part.changes.push({ path, before, after: typed ?? after });
  const name = typed === null ? envTypeName(path, after) : null;
  if (name === null || (await isGenerated(project))) return part;
  const file = await declaringFile(project, { path, text: after }, name);
  const declared = file === null ? null : addToEnvType({ ...file, name }, names);
  if (file !== null && declared !== null) {
    if (declared !== file.text) part.changes.push({ path: file.path, before: file.text, after: declared });
  } else part.notes.push(typeNote(name, names));
  return part;
}

/** By `wrangler types`. */
async function isGenerated({ manifest, has }: Project): Promise<boolean> {
  const scripts = Object.values(manifest.scripts ?? {});
  return scripts.some((line) => /\bwrangler types\b/.test(line)) || (await has("worker-configuration.d.ts"));
}

/** The file from which the entry imports the type; else one in which types of no module stand. */
async function declaringFile(
  project: Project,
  { path, text }: FoundFile,
  name: string,
): Promise<FoundFile | null> {
  const program = parseSource(path, text);
  const from =
    program === null
      ? undefined
      : importsOf(program).find(({ specifiers }) => specifiers.some(({ local }) => local.name === name))
          ?.source.value;
  if (from === undefined) return project.first(["env.d.ts", "src/env.d.ts", "types.d.ts", "src/types.d.ts"]);
  if (!from.startsWith(".")) return null;
  const base = posix.join(posix.dirname(path), from);
  const bare = base.replace(/\.[jt]s$/, "");
  const paths = [`${bare}.ts`, `${bare}.d.ts`, `${base}/index.ts`];
  return project.first(paths.filter((one) => !one.startsWith("..")));
}

function typeNote(name: string, { database, bucket }: BindingNames): string {
  return `${name} is not declared where it could be found: TypeScript wants ${database}: D1Database and ${bucket}: R2Bucket in it`;
}

function isModule({ path, text }: FoundFile): boolean {
  return MODULES.includes(posix.basename(path)) && /\bexport const ferry\b/.test(text);
}

const MODULES = ["ferry.ts", "ferry.js", "d1-ferry.ts", "d1-ferry.js"];

/** Beside the entry. */
async function freePath(project: Project, entry: FoundFile | null): Promise<string> {
  const folder = entry === null ? "src" : posix.dirname(entry.path);
  const end = project.typescript ? "ts" : "js";
  const path = posix.join(folder, `ferry.${end}`);
  return (await project.read(path)) === null ? path : posix.join(folder, `d1-ferry.${end}`);
}

/** As the entry's other imports name files: with their ending, or without. */
function importPath({ path, text }: FoundFile, module: string, { endings }: Project): string {
  const relative = posix.relative(posix.dirname(path), module);
  const from = relative.startsWith(".") ? relative : `./${relative}`;
  const bare = from.replace(/\.[jt]s$/, "");
  const program = parseSource(path, text);
  const others = program === null ? [] : importsOf(program).map(({ source }) => source.value);
  const ending = others.map((other) => /^\..*(\.[jt]s)$/.exec(other)?.[1]).find((one) => one !== undefined);
  if (ending !== undefined) return bare + ending;
  return endings || from.endsWith(".js") ? `${bare}.js` : bare;
}

function importsModule({ path, text }: FoundFile, module: string): boolean {
  const program = parseSource(path, text);
  const plain = (name: string) => name.replace(/\.[jt]s$/, "");
  return (
    program !== null &&
    importsOf(program).some(
      ({ source: { value } }) => plain(posix.join(posix.dirname(path), value)) === plain(module),
    )
  );
}

function byHand(entry: FoundFile | null, module: string) {
  return {
    path: entry?.path ?? "the Worker's entry",
    where:
      entry === null
        ? "main in the wrangler file names no source that could be edited"
        : "it is written in a way that is not edited safely: ask d1-ferry before anything else answers",
    code: [
      `import { ferry } from "${module}";`,
      "",
      "// first in the Worker's async fetch(request, env)",
      "const answer = await ferry.handle(request, env);",
      "if (answer !== null) return answer;",
    ].join("\n"),
  };
}
