import { type Insertion, insertInto } from "./insertions.ts";
import type { BindingNames } from "./names.ts";
import { nameOf, type Program, parseSource, type SyntaxNode, spanOf } from "./source-code.ts";
import { indentOf, indentUnit, lineEndingAt } from "./text-style.ts";

/** The types that the runtime has for them. */
const TYPES: Record<keyof BindingNames, string> = { database: "D1Database", bucket: "R2Bucket" };

/** What a Worker's entry calls the type of its bindings; null where it says none, or writes it out. */
export function envTypeName(path: string, text: string): string | null {
  const type = envTypeIn(parseSource(path, text));
  return type === null || typeArguments(type).length > 0 ? null : typeName(type);
}

/**
 * The file with the members that the type of the bindings lacks. Null where the file does not declare it, or in a way to
 * which nothing is added safely. `name`: of a type that another file uses; else it is the one of this Worker's entry.
 */
export function addToEnvType(
  { path, text, name }: { path: string; text: string; name?: string },
  names: BindingNames,
): string | null {
  const program = parseSource(path, text);
  const type = name === undefined ? envTypeIn(program) : null;
  const used = name ?? (type === null ? null : typeName(type));
  const declared = type?.type === "TSTypeLiteral" ? type : used === null ? null : declaredIn(program, used);
  if (declared === null) return null;
  const members = membersOf(declared);
  const known = new Set(members.map(({ key }) => (key === undefined ? null : nameOf(key))));
  const lacking = (["database", "bucket"] as const).filter((kind) => !known.has(names[kind]));
  if (lacking.length === 0) return text;
  const lines = lacking.map((kind) => `${names[kind]}: ${TYPES[kind]}`);
  const result = insertInto(text, [behindMembers(text, declared, lines)]);
  return parseSource(path, result) === null ? null : result;
}

/** Of ExportedHandler, of a Hono app, or of the environment that fetch takes: whichever comes first. */
function envTypeIn(program: Program | null): SyntaxNode | null {
  return first(program, bindingsOf);
}

/** What a node says of the bindings' type, if it is one that does. */
function bindingsOf(node: SyntaxNode): SyntaxNode | null {
  if (node.type === "TSTypeReference" && typeName(node) === "ExportedHandler")
    return typeArguments(node)[0] ?? null;
  if (node.type === "TSPropertySignature") {
    const { key, typeAnnotation } = node as unknown as { key: SyntaxNode; typeAnnotation?: Annotation };
    return nameOf(key) === "Bindings" ? (typeAnnotation?.typeAnnotation ?? null) : null;
  }
  if (!/^(ObjectMethod|ObjectProperty)$/.test(node.type)) return null;
  const { key, value } = node as unknown as { key: SyntaxNode; value?: SyntaxNode };
  if (nameOf(key) !== "fetch") return null;
  const { params } = (value ?? node) as unknown as { params?: SyntaxNode[] };
  const env = params?.[1] as { typeAnnotation?: Annotation } | undefined;
  return env?.typeAnnotation?.typeAnnotation ?? null;
}

interface Annotation {
  typeAnnotation: SyntaxNode;
}

function typeName(type: SyntaxNode): string | null {
  const { typeName: name } = type as { typeName?: SyntaxNode };
  return type.type === "TSTypeReference" && name !== undefined ? nameOf(name) : null;
}

function typeArguments(type: SyntaxNode): SyntaxNode[] {
  const { typeParameters, typeArguments: given } = type as {
    typeParameters?: { params: SyntaxNode[] };
    typeArguments?: { params: SyntaxNode[] };
  };
  return (typeParameters ?? given)?.params ?? [];
}

/** The braces of an interface or a literal type of this name, wherever in the file; null where others add to it. */
function declaredIn(program: Program | null, name: string): SyntaxNode | null {
  return first(program, (node) => {
    const { id } = node as { id?: SyntaxNode | null };
    if (!id || nameOf(id) !== name) return null;
    if (node.type === "TSInterfaceDeclaration") {
      const { body, extends: parents } = node as unknown as { body: SyntaxNode; extends?: unknown[] };
      return parents?.length ? null : body;
    }
    if (node.type !== "TSTypeAliasDeclaration") return null;
    const { typeAnnotation } = node as unknown as Annotation;
    return typeAnnotation.type === "TSTypeLiteral" ? typeAnnotation : null;
  });
}

function membersOf(declared: SyntaxNode): (SyntaxNode & { key?: SyntaxNode })[] {
  const { body, members } = declared as { body?: SyntaxNode[]; members?: SyntaxNode[] };
  return body ?? members ?? [];
}

/** With the separator that the last member has, or in one line with it. */
function behindMembers(text: string, declared: SyntaxNode, lines: readonly string[]): Insertion {
  const { start, end } = spanOf(declared);
  const last = membersOf(declared).at(-1);
  const from = last === undefined ? start + 1 : spanOf(last).end;
  const ending = last === undefined ? ";" : (/[;,]$/.exec(text.slice(0, from))?.[0] ?? "");
  if (last !== undefined && !text.slice(start, end).includes("\n")) {
    const separator = ending || ";";
    const more = lines.join(`${separator} `);
    return { at: from, text: ending === "" ? `${separator} ${more}` : ` ${more}${separator}` };
  }
  // Behind a comment in the same line.
  const at = from + (/^[\t ]*(\/\/[^\r\n]*)?(?=\r?\n)/.exec(text.slice(from))?.[0].length ?? 0);
  const lineEnding = lineEndingAt(text, at);
  const indent =
    last === undefined ? indentOf(text, start) + indentUnit(text) : indentOf(text, spanOf(last).start);
  const tail = /^\s*\r?\n/.test(text.slice(at)) ? "" : lineEnding + indentOf(text, start);
  return { at, text: lines.map((line) => lineEnding + indent + line + ending).join("") + tail };
}

/** What the first node gives that gives anything, in the order of the text. */
function first<T>(node: unknown, ask: (node: SyntaxNode) => T | null): T | null {
  if (typeof node !== "object" || node === null) return null;
  const answer = typeof (node as SyntaxNode).type === "string" ? ask(node as SyntaxNode) : null;
  if (answer !== null) return answer;
  for (const inner of Object.values(node)) {
    const found = first(inner, ask);
    if (found !== null) return found;
  }
  return null;
}
