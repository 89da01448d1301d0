import { type ParseResult, parse } from "@babel/parser";
import type { Container } from "./insert-member.ts";
import type { Insertion } from "./insertions.ts";
import { indentOf, lineEndingAt, withoutMark } from "./text-style.ts";

export type Program = ParseResult["program"];
type Statement = Program["body"][number];
export type Expression = Extract<Statement, { type: "ExpressionStatement" }>["expression"];
export type Call = Extract<Expression, { type: "CallExpression" }>;
export type ObjectLiteral = Extract<Expression, { type: "ObjectExpression" }>;
type Import = Extract<Statement, { type: "ImportDeclaration" }>;
/** Anything in the tree. */
export type SyntaxNode = { type: string; start?: number | null; end?: number | null };

/** The syntax tree; null where it is no JavaScript or TypeScript. Offsets are those of the text. */
export function parseSource(path: string, text: string): Program | null {
  const typescript = /\.[cm]?tsx?$/.test(path);
  const jsx = !/\.[cm]?ts$/.test(path);
  try {
    return parse(withoutMark(text), {
      sourceType: "module",
      createParenthesizedExpressions: true,
      plugins: [...(typescript ? (["typescript"] as const) : []), ...(jsx ? (["jsx"] as const) : [])],
    }).program;
  } catch {
    return null;
  }
}

export function spanOf(node: SyntaxNode): { start: number; end: number } {
  return { start: node.start ?? 0, end: node.end ?? 0 };
}

/** What stands in an expression without the types and brackets around it. */
export function bare(expression: SyntaxNode): SyntaxNode {
  const { type } = expression;
  return /^(TSSatisfies|TSAs|TSNonNull|Parenthesized)Expression$|^TSTypeAssertion$/.test(type)
    ? bare((expression as unknown as { expression: SyntaxNode }).expression)
    : expression;
}

/** What the module exports by default, names followed to what they were declared as; null for anything else. */
export function defaultExport(program: Program): SyntaxNode | null {
  for (const statement of program.body) {
    if (statement.type === "ExportDefaultDeclaration")
      return resolveName(program, bare(statement.declaration));
    if (statement.type !== "ExportNamedDeclaration" || statement.source) continue;
    for (const specifier of statement.specifiers) {
      if (specifier.type !== "ExportSpecifier" || nameOf(specifier.exported) !== "default") continue;
      return resolveName(program, specifier.local);
    }
  }
  return null;
}

function resolveName(program: Program, node: SyntaxNode): SyntaxNode {
  const name = nameOf(node);
  const declared = name === null ? null : declarationOf(program, name);
  return declared?.init ?? node;
}

/** The statement at the top level that declares a constant of this name, and what it is. */
export function declarationOf(
  program: Program,
  name: string,
): { statement: Statement; init: SyntaxNode } | null {
  for (const statement of program.body) {
    const declaration = statement.type === "ExportNamedDeclaration" ? statement.declaration : statement;
    if (declaration?.type !== "VariableDeclaration") continue;
    for (const { id, init } of declaration.declarations)
      if (init && nameOf(id) === name) return { statement, init: bare(init) };
  }
  return null;
}

/** An identifier's name, or a string used as one. */
export function nameOf(node: SyntaxNode): string | null {
  if (node.type === "Identifier") return (node as unknown as { name: string }).name;
  return node.type === "StringLiteral" ? (node as unknown as { value: string }).value : null;
}

export function isObject(node: SyntaxNode | null): node is ObjectLiteral {
  return node?.type === "ObjectExpression";
}

/** What an object has under this name; null where it has nothing, or not as `name: value`. */
export function propertyOf(object: ObjectLiteral, name: string): SyntaxNode | null {
  for (const property of object.properties) {
    if (property.type !== "ObjectProperty" || property.computed || nameOf(property.key) !== name) continue;
    return bare(property.value);
  }
  return null;
}

/** The text under this name, where it is written as a plain string. */
export function stringOf(object: ObjectLiteral, name: string): string | undefined {
  const value = propertyOf(object, name);
  return value?.type === "StringLiteral" ? (nameOf(value) ?? undefined) : undefined;
}

/** An object's or an array's literal, to add a member to. */
export function containerOf(literal: SyntaxNode): Container {
  const { start, end } = spanOf(literal);
  const { properties, elements } = literal as { properties?: SyntaxNode[]; elements?: (SyntaxNode | null)[] };
  const members = (properties ?? elements ?? []).flatMap((member) =>
    member === null ? [] : [spanOf(member)],
  );
  return { open: start, close: end - 1, members };
}

export function importsOf(program: Program): Import[] {
  return program.body.filter((statement): statement is Import => statement.type === "ImportDeclaration");
}

/** The name that a module's default or named export has here; null where it is not imported. */
export function importedAs(program: Program, source: string, exported: string): string | null {
  for (const declaration of importsOf(program)) {
    if (declaration.source.value !== source) continue;
    for (const specifier of declaration.specifiers) {
      const name =
        specifier.type === "ImportDefaultSpecifier"
          ? "default"
          : specifier.type === "ImportSpecifier"
            ? nameOf(specifier.imported)
            : null;
      if (name === exported) return specifier.local.name;
    }
  }
  return null;
}

/** A line that imports something, behind the imports that are there, in their quotes and with their semicolon or none. */
export function insertImport(text: string, program: Program, what: string, from: string): Insertion {
  const last = importsOf(program).at(-1);
  if (last === undefined) return beforeTheFirst(text, program, `import ${what} from "${from}";`);
  const { end } = spanOf(last);
  const quote = text[spanOf(last.source).start] ?? '"';
  const semicolon = text[end - 1] === ";" ? ";" : "";
  const indent = indentOf(text, spanOf(last).start);
  return {
    at: end,
    text: `${lineEndingAt(text, end)}${indent}import ${what} from ${quote}${from}${quote}${semicolon}`,
  };
}

function beforeTheFirst(text: string, { body }: Program, line: string): Insertion {
  const [first] = body;
  const at = first === undefined ? text.length : spanOf(first).start;
  const lineEnding = lineEndingAt(text, at);
  return { at, text: `${line}${lineEnding}${lineEnding}` };
}

/** Does the code end its statements with semicolons? */
export function usesSemicolons(text: string, { body }: Program): boolean {
  const ends = body
    .filter(({ type }) => /^(Import|Variable)Declaration$|^ExpressionStatement$/.test(type))
    .map((statement) => text[spanOf(statement).end - 1]);
  return ends.length === 0 || ends.some((end) => end === ";");
}

/** Every name that is used anywhere, members' aside, so that a new one can differ from them. */
export function namesIn(text: string): Set<string> {
  return new Set(text.match(/(?<![\w$]|(?<!\.\.)\.)[A-Za-z_$][\w$]*/g));
}
