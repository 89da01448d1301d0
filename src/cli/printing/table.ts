export interface Column {
  title: string;
  /** @default "left" */
  align?: "left" | "right";
}

/** Rows under their titles, columns two spaces apart, no line ending in spaces. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[]): string[] {
  const widths = columns.map((column, i) =>
    Math.max(column.title.length, ...rows.map((row) => row[i]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    columns
      .map((column, i) => {
        const cell = cells[i] ?? "";
        const width = widths[i] ?? 0;
        return column.align === "right" ? cell.padStart(width) : cell.padEnd(width);
      })
      .join("  ")
      .trimEnd();
  return [line(columns.map((column) => column.title)), ...rows.map(line)];
}

/** Names on the left, what is said of them on the right, later lines of it indented below. */
export function facts(pairs: readonly (readonly [string, string | readonly string[]])[]): string[] {
  const width = Math.max(0, ...pairs.map(([name]) => name.length));
  return pairs.flatMap(([name, text]) => {
    const lines = typeof text === "string" ? [text] : text;
    return lines.map((line, i) => `${(i === 0 ? name : "").padEnd(width)}  ${line}`);
  });
}

/** A note, which is worded for an API as well, as a command needs it: without how a request would say it. */
export function noteText(note: string): string {
  return printable(note.replace(/ \("(?:include|all)": (?:true|\["TABLE"\])\)/g, ""));
}

/**
 * Text from elsewhere on one line, without what a terminal would obey: escape sequences and control
 * characters in a table's name must not move the cursor or hide a line of the plan.
 */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, "\ufffd");
}
