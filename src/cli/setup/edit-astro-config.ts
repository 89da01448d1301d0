import { insertMember, type MemberText } from "./insert-member.ts";
import { insertInto } from "./insertions.ts";
import { type BindingNames, DEFAULT_NAMES } from "./names.ts";
import {
  bare,
  containerOf,
  defaultExport,
  importedAs,
  insertImport,
  isObject,
  nameOf,
  namesIn,
  type ObjectLiteral,
  type Program,
  parseSource,
  propertyOf,
  type SyntaxNode,
  stringOf,
} from "./source-code.ts";

export interface AstroConfig {
  /** What d1Ferry is called with; null where it is not there. */
  mounted: BindingNames | null;
  adapter: boolean;
  /** The path below which the app is. */
  base: string;
}

const PACKAGES = ["d1-ferry/astro", "d1-ferry"];

/** What the config says, as far as it is written plainly; null where it is not understood. */
export function readAstroConfig(path: string, text: string): AstroConfig | null {
  const program = parseSource(path, text);
  const object = program === null ? null : configObject(program);
  if (program === null || object === null) return null;
  return {
    mounted: mountedIn(program, object),
    adapter: object.properties.some((one) => one.type === "ObjectProperty" && nameOf(one.key) === "adapter"),
    base: plainPath(stringOf(object, "base") ?? ""),
  };
}

/** Without the slash at its end; nothing where it would need to be quoted. */
function plainPath(path: string): string {
  return /^((?:\/[\w.~-]+)*)\/?$/.exec(path)?.[1] ?? "";
}

/** The config with the integration in it; null where it cannot be put in safely. */
export function addToAstroConfig(path: string, text: string, names: BindingNames): string | null {
  const program = parseSource(path, text);
  const object = program === null ? null : configObject(program);
  if (program === null || object === null) return null;
  const integrations = propertyOf(object, "integrations");
  const array = integrations?.type === "ArrayExpression";
  if (!array && hasAny(object, "integrations")) return null;
  const name = namesIn(text).has("d1Ferry") ? "d1FerryIntegration" : "d1Ferry";
  const call = plain(integrationCall(name, names));
  const added = insertInto(text, [
    insertImport(text, program, name, PACKAGES[0] as string),
    ...(array
      ? insertMember(text, containerOf(integrations), call)
      : insertMember(text, containerOf(object), plain(`integrations: [${call.inline}]`))),
  ]);
  const read = readAstroConfig(path, added);
  return read?.mounted?.database === names.database && read.mounted.bucket === names.bucket ? added : null;
}

export function integrationCall(name: string, { database, bucket }: BindingNames): string {
  const options = [
    ...(database === DEFAULT_NAMES.database ? [] : [`database: "${database}"`]),
    ...(bucket === DEFAULT_NAMES.bucket ? [] : [`bucket: "${bucket}"`]),
  ];
  return options.length === 0 ? `${name}()` : `${name}({ ${options.join(", ")} })`;
}

function plain(text: string): MemberText {
  return { inline: text, lines: () => text, short: true };
}

function configObject(program: Program): ObjectLiteral | null {
  const exported = defaultExport(program);
  if (isObject(exported)) return exported;
  if (exported?.type !== "CallExpression") return null;
  const { arguments: given } = exported as unknown as { arguments: SyntaxNode[] };
  const [config] = given;
  const object = config === undefined ? null : bare(config);
  return given.length === 1 && isObject(object) ? object : null;
}

function hasAny(object: ObjectLiteral, name: string): boolean {
  return object.properties.some((one) => one.type !== "SpreadElement" && nameOf(one.key) === name);
}

function mountedIn(program: Program, object: ObjectLiteral): BindingNames | null {
  const local = PACKAGES.map((name) => importedAs(program, name, "default")).find((name) => name !== null);
  const integrations = propertyOf(object, "integrations") as { elements?: (SyntaxNode | null)[] } | null;
  for (const element of integrations?.elements ?? []) {
    if (element?.type !== "CallExpression") continue;
    const { callee, arguments: given } = element as unknown as {
      callee: SyntaxNode;
      arguments: SyntaxNode[];
    };
    if (nameOf(callee) !== local) continue;
    const options = given[0] === undefined ? null : bare(given[0]);
    if (!isObject(options)) return DEFAULT_NAMES;
    return {
      database: stringOf(options, "database") ?? DEFAULT_NAMES.database,
      bucket: stringOf(options, "bucket") ?? DEFAULT_NAMES.bucket,
    };
  }
  return null;
}
