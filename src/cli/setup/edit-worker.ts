import { insertInto } from "./insertions.ts";
import {
  bare,
  declarationOf,
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
  spanOf,
  usesSemicolons,
} from "./source-code.ts";
import { indentOf, indentUnit, lineEndingAt } from "./text-style.ts";

/** What a Worker's entry is given: the module that exports `ferry`, as the entry imports it. */
export interface WorkerEdit {
  path: string;
  text: string;
  module: string;
}

/**
 * The entry with d1-ferry asked first: in front of an object's `fetch`, or as the first middleware of a Hono app. Null
 * where the entry is made otherwise, and nobody can tell what the lines would do.
 */
export function addToWorker({ path, text, module }: WorkerEdit): string | null {
  const program = parseSource(path, text);
  if (program === null || namesIn(text).has("ferry")) return null;
  const exported = defaultExport(program);
  const semicolon = usesSemicolons(text, program) ? ";" : "";
  const app = isObject(exported) ? fetchOf(exported) : exportedApp(program);
  const inMethod = isObject(exported) ? inFetch(text, exported, semicolon) : null;
  const untyped = inMethod === null && /\.tsx?$/.test(path) && isUntyped(program, app);
  const lines = inMethod ?? inHono(text, program, { name: app, semicolon, untyped });
  if (lines === null) return null;
  const names = untyped ? "{ type FerryBindings, ferry }" : "{ ferry }";
  const result = insertInto(text, [insertImport(text, program, names, module), ...lines]);
  return parseSource(path, result) === null ? null : result;
}

interface Insert {
  at: number;
  text: string;
}

interface Func extends SyntaxNode {
  async?: boolean;
  generator?: boolean;
  params: SyntaxNode[];
  body: SyntaxNode & { directives?: unknown[] };
  returnType?: SyntaxNode | null;
}

/** At the beginning of a `fetch` that is written in the object. */
function inFetch(text: string, object: ObjectLiteral, semicolon: string): Insert[] | null {
  const method = object.properties.find(
    (one) => one.type !== "SpreadElement" && !one.computed && nameOf(one.key) === "fetch",
  );
  if (method === undefined) return null;
  const func = (
    method.type === "ObjectMethod" ? method : bare((method as { value: SyntaxNode }).value)
  ) as Func;
  if (!/^(ObjectMethod|FunctionExpression|ArrowFunctionExpression)$/.test(func.type)) return null;
  if (method.type === "ObjectMethod" && method.kind !== "method") return null;
  if (func.generator || func.body.type !== "BlockStatement" || func.body.directives?.length) return null;
  const parameters = parametersOf(text, func);
  const async = func.async ? [] : makeAsync(text, func);
  if (parameters === null || async === null) return null;
  const names = namesIn(text.slice(spanOf(func).start, spanOf(func).end));
  const answer = ["answer", "ferryAnswer"].find((name) => !names.has(name));
  if (answer === undefined) return null;
  const at = spanOf(func.body).start + 1;
  const lineEnding = lineEndingAt(text, at);
  const around = indentOf(text, at);
  const indent = lineEnding + around + indentUnit(text);
  const { request, env, added } = parameters;
  const rest = /^[\t ]*(\r?\n|\/\/|\/\*)/.test(text.slice(at)) ? "" : `${indent}`;
  return [
    ...async,
    ...added,
    {
      at,
      text:
        `${indent}const ${answer} = await ferry.handle(${request}, ${env})${semicolon}` +
        `${indent}if (${answer} !== null) return ${answer}${semicolon}${rest}`,
    },
  ];
}

/** What the request and the environment are called; where they are not taken and need no type, they are added. */
function parametersOf(text: string, func: Func): { request: string; env: string; added: Insert[] } | null {
  const [first, second] = func.params;
  if (first === undefined) {
    const open = text.indexOf("(", spanOf(func).start);
    const close = text.indexOf(")", open);
    if (text.slice(open + 1, close).trim() !== "" || close > spanOf(func.body).start) return null;
    return { request: "request", env: "env", added: [{ at: open + 1, text: "request, env" }] };
  }
  const request = nameOf(first);
  if (request === null) return null;
  if (second !== undefined) {
    const env = nameOf(second);
    return env === null ? null : { request, env, added: [] };
  }
  const typed = (first as { typeAnnotation?: unknown }).typeAnnotation;
  // A lone parameter of an arrow may stand without brackets.
  const { start, end } = spanOf(first);
  if (typed || !/\(\s*$/.test(text.slice(0, start)) || namesIn(text).has("env")) return null;
  return { request, env: "env", added: [{ at: end, text: ", env" }] };
}

/** Only where nothing says that the answer comes at once. */
function makeAsync(text: string, func: Func): Insert[] | null {
  const type = func.returnType ? text.slice(spanOf(func.returnType).start, spanOf(func.returnType).end) : "";
  if (type !== "" && !/^:\s*Promise\b/.test(type)) return null;
  return [{ at: spanOf(func).start, text: "async " }];
}

/** The app that an object's `fetch: app.fetch` is of. */
function fetchOf(object: ObjectLiteral): string | null {
  const fetch = propertyOf(object, "fetch") as { type: string; object?: SyntaxNode } | null;
  return fetch?.type === "MemberExpression" && fetch.object ? nameOf(fetch.object) : null;
}

/** What stands behind `export default`, where it is a name. */
function exportedApp(program: Program): string | null {
  for (const statement of program.body)
    if (statement.type === "ExportDefaultDeclaration") return nameOf(bare(statement.declaration));
  return null;
}

/** As a statement behind the one that makes the app: before any route, which might answer everything. */
function inHono(
  text: string,
  program: Program,
  { name, semicolon, untyped }: { name: string | null; semicolon: string; untyped: boolean },
): Insert[] | null {
  const declared = name === null ? null : declarationOf(program, name);
  if (declared === null || !isPlainHono(text, program, declared.init)) return null;
  const { end } = spanOf(declared.statement);
  const at = text[end] === ";" ? end + 1 : end;
  const lineEnding = lineEndingAt(text, at);
  const env = untyped ? "c.env as FerryBindings" : "c.env";
  const call = `${name}.use("/api/admin/*", async (c, next) => (await ferry.handle(c.req.raw, ${env})) ?? next())`;
  return [{ at, text: `${lineEnding}${lineEnding}${indentOf(text, at)}${call}${semicolon}` }];
}

/** An app that says no types knows nothing of its environment. */
function isUntyped(program: Program, name: string | null): boolean {
  const made = name === null ? null : declarationOf(program, name)?.init;
  return made?.type === "NewExpression" && !(made as { typeParameters?: unknown }).typeParameters;
}

const HONO_PACKAGES = ["hono", "hono/tiny", "hono/quick", "@hono/zod-openapi"];

/** `new Hono(…)`, or a chain of routes on one, none of which takes every path. */
function isPlainHono(text: string, program: Program, init: SyntaxNode): boolean {
  const { start, end } = spanOf(init);
  if (/\.(basePath|mount|notFound)\s*\(|["'`][^"'`]*\*/.test(text.slice(start, end))) return false;
  let made = init;
  while (made.type === "CallExpression") {
    const { callee } = made as unknown as { callee: SyntaxNode & { object?: SyntaxNode } };
    if (callee.type !== "MemberExpression" || callee.object === undefined) return false;
    made = bare(callee.object);
  }
  if (made.type !== "NewExpression") return false;
  const { callee } = made as unknown as { callee: SyntaxNode };
  const classes = HONO_PACKAGES.flatMap((from) =>
    ["Hono", "OpenAPIHono"].map((exported) => importedAs(program, from, exported)),
  );
  return classes.some((one) => one !== null && one === nameOf(callee));
}
