import type { Insertion } from "./insertions.ts";
import { indented, indentOf, indentUnit, isFirstInLine, lineEndingAt } from "./text-style.ts";

/** An array or an object in JSON with comments, JavaScript or TypeScript. Offsets into the text. */
export interface Container {
  /** Of the bracket that opens it. */
  open: number;
  /** Of the bracket that closes it. */
  close: number;
  members: readonly Span[];
}

export interface Span {
  start: number;
  end: number;
}

/** One member, as a line of its own and as a part of a line. Lines behind the first are indented by `unit` alone. */
export interface MemberText {
  lines(style: { unit: string; trailingComma: boolean }): string;
  inline: string;
  /** Is it short enough to stand in the line of an empty container? */
  short?: boolean;
}

/** Adds a member at the end, behind the comments that stand in the last one's line. */
export function insertMember(text: string, container: Container, member: MemberText): Insertion[] {
  const { open, close, members } = container;
  const last = members.at(-1);
  if (last === undefined) return intoEmpty(text, container, member);
  const comma = commaBehind(text, last.end);
  if (!text.slice(open, close).includes("\n")) {
    return comma === null
      ? [{ at: last.end, text: `, ${member.inline}` }]
      : [{ at: comma + 1, text: ` ${member.inline},` }];
  }
  const at = endOfLineComments(text, comma === null ? last.end : comma + 1);
  const lineEnding = lineEndingAt(text, at);
  const style = { unit: indentUnit(text), trailingComma: comma !== null };
  const indent = isFirstInLine(text, last.start)
    ? indentOf(text, last.start)
    : indentOf(text, open) + style.unit;
  const line = lineEnding + indent + indented(member.lines(style), indent, lineEnding);
  const tail = isEndOfLine(text, at) ? "" : lineEnding + indentOf(text, open);
  if (comma !== null) return [{ at, text: `${line},${tail}` }];
  if (at === last.end) return [{ at, text: `,${line}${tail}` }];
  return [
    { at: last.end, text: "," },
    { at, text: line + tail },
  ];
}

function intoEmpty(text: string, { open, close }: Container, member: MemberText): Insertion[] {
  const inLine = !text.slice(open, close).includes("\n");
  if (inLine && member.short) return [{ at: open + 1, text: member.inline }];
  const at = endOfLineComments(text, open + 1);
  const lineEnding = lineEndingAt(text, at);
  const unit = indentUnit(text);
  const around = indentOf(text, open);
  const indent = around + unit;
  const line =
    lineEnding + indent + indented(member.lines({ unit, trailingComma: false }), indent, lineEnding);
  return [{ at, text: isEndOfLine(text, at) ? line : line + lineEnding + around }];
}

/** Behind a member: the offset of its comma, or null where it has none. */
function commaBehind(text: string, from: number): number | null {
  const at = skipTrivia(text, from);
  return text[at] === "," ? at : null;
}

function skipTrivia(text: string, from: number): number {
  let at = from;
  for (;;) {
    const comment = commentAt(text, at);
    if (comment !== null) at = comment;
    else if (/\s/.test(text[at] ?? "")) at++;
    else return at;
  }
}

/** Behind the comments that begin and end in this line. */
function endOfLineComments(text: string, from: number): number {
  let end = from;
  for (let at = from; ; ) {
    const comment = commentAt(text, at);
    if (comment !== null) {
      if (text.slice(at, comment).includes("\n")) return end;
      end = comment;
      at = comment;
    } else if (/[\t ]/.test(text[at] ?? "")) at++;
    else return end;
  }
}

/** The end of the comment that begins here, without its line break; null where none begins. */
function commentAt(text: string, at: number): number | null {
  if (text.startsWith("//", at)) {
    const [line = ""] = /^[^\r\n]*/.exec(text.slice(at)) ?? [];
    return at + line.length;
  }
  if (!text.startsWith("/*", at)) return null;
  const end = text.indexOf("*/", at + 2);
  return end === -1 ? text.length : end + 2;
}

function isEndOfLine(text: string, at: number): boolean {
  return /^[\t ]*\r?(\n|$)/.test(text.slice(at));
}
