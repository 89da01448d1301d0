const BOM = "\ufeff";

/** The same text for a parser that takes no byte order mark; each offset stays what it was. */
export function withoutMark(text: string): string {
  return text.startsWith(BOM) ? ` ${text.slice(1)}` : text;
}

/** The line ending before this offset, else the first one of the text, else "\n". */
export function lineEndingAt(text: string, at: number): string {
  const before = text.lastIndexOf("\n", at - 1);
  const found = before === -1 ? text.indexOf("\n") : before;
  return found > 0 && text[found - 1] === "\r" ? "\r\n" : "\n";
}

/** What one level is indented by: of the first line that is. Two spaces where none is. */
export function indentUnit(text: string): string {
  // The lines of a block comment begin with a space and a star, which is no indentation.
  const [, unit = "  "] = /^(\t| {2,8})(?=[^\s*])/m.exec(text) ?? [];
  return unit;
}

/** What the line of this offset begins with, as far as it is white space. */
export function indentOf(text: string, at: number): string {
  const start = text.lastIndexOf("\n", at - 1) + 1;
  const [indent = ""] = /^[\t ]*/.exec(text.slice(start, at)) ?? [];
  return indent;
}

/** Is there nothing but white space before it in its line? */
export function isFirstInLine(text: string, at: number): boolean {
  const start = text.lastIndexOf("\n", at - 1) + 1;
  return text.slice(start, at).trim() === "";
}

/** The text behind each of its line breaks indented, with this line ending. */
export function indented(text: string, indent: string, lineEnding: string): string {
  return text
    .split("\n")
    .map((line, i) => (i === 0 || line === "" ? line : indent + line))
    .join(lineEnding);
}
