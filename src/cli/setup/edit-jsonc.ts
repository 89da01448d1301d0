import { type Node, type ParseError, parse, parseTree, printParseErrorCode } from "jsonc-parser";
import { type Addition, saysTheSame, withAdditions } from "./additions.ts";
import { type Container, insertMember, type MemberText } from "./insert-member.ts";
import { insertInto } from "./insertions.ts";
import { withoutMark } from "./text-style.ts";

const OPTIONS = { allowTrailingComma: true };

/** The object that the text says, comments and trailing commas left aside. Throws an Error that says where it is none. */
export function readJsonc(text: string): Record<string, unknown> {
  const errors: ParseError[] = [];
  const value: unknown = parse(withoutMark(text), errors, OPTIONS);
  const [error] = errors;
  if (error !== undefined) {
    const line = text.slice(0, error.offset).split("\n").length;
    throw new Error(`${printParseErrorCode(error.error)} in line ${line}`);
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  throw new Error("it is no object");
}

/** The text with an addition in it; null where it cannot be put in without touching what is there. */
export function addToJsonc(
  text: string,
  addition: Addition,
  { comments }: { comments: boolean },
): string | null {
  const root = parseTree(withoutMark(text), [], OPTIONS);
  if (root?.type !== "object") return null;
  const added = insertInto(text, insertionsFor(text, root, addition, comments) ?? []);
  const wanted = withAdditions(readJsonc(text), [addition]);
  return saysTheSame(readJsonc(added), wanted) ? added : null;
}

function insertionsFor(text: string, root: Node, addition: Addition, comments: boolean) {
  const { kind, key, value } = addition;
  const element = memberOf(value, comments && kind === "binding" ? addition.remarks : undefined);
  const present = lastNamed(root, key);
  if (kind !== "setting" && present?.type === "array")
    return insertMember(text, containerOf(present), element);
  if (present !== undefined) return null;
  return insertMember(text, containerOf(root), property(key, kind === "setting" ? element : listOf(element)));
}

/** Of two with one name, readers take the last. */
export function lastNamed(object: Node, key: string): Node | undefined {
  return object.children?.filter(({ children }) => children?.[0]?.value === key).at(-1)?.children?.[1];
}

export function containerOf({ offset, length, children = [] }: Node): Container {
  return {
    open: offset,
    close: offset + length - 1,
    members: children.map((child) => ({ start: child.offset, end: child.offset + child.length })),
  };
}

/** A text, or an object of texts, with remarks behind its lines. */
export function memberOf(
  value: Addition["value"],
  remarks: Readonly<Record<string, string>> = {},
): MemberText {
  if (typeof value === "string") {
    const text = JSON.stringify(value);
    return { lines: () => text, inline: text, short: true };
  }
  const entries = Object.entries(value);
  const pairs = entries.map(([name, text]) => `${JSON.stringify(name)}: ${JSON.stringify(text)}`);
  return {
    inline: `{ ${pairs.join(", ")} }`,
    lines: ({ unit, trailingComma }) => {
      const lines = entries.map(([name], i) => {
        const comma = i < entries.length - 1 || trailingComma ? "," : "";
        const remark = remarks[name] === undefined ? "" : ` // ${remarks[name]}`;
        return `${unit}${pairs[i]}${comma}${remark}`;
      });
      return ["{", ...lines, "}"].join("\n");
    },
  };
}

function listOf(element: MemberText): MemberText {
  return {
    inline: `[${element.inline}]`,
    lines: (style) => {
      if (element.short) return `[${element.inline}]`;
      const lines = element.lines(style).replaceAll("\n", `\n${style.unit}`);
      return `[\n${style.unit}${lines}${style.trailingComma ? "," : ""}\n]`;
    },
  };
}

export function property(key: string, value: MemberText): MemberText {
  const name = `${JSON.stringify(key)}: `;
  return { inline: name + value.inline, lines: (style) => name + value.lines(style) };
}

/** The lines of a new file. */
export function printJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
