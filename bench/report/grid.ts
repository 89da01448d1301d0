/** A table, for the terminal or for a page. The first column is text, the others are figures. */
export interface Grid {
  names: readonly string[];
  rows: readonly (readonly string[])[];
}

export function gridText({ names, rows }: Grid): string {
  const lines = [names, ...rows];
  const widths = names.map((_, i) => Math.max(...lines.map((line) => (line[i] as string).length)));
  const pad = (cell: string, i: number) =>
    i === 0 ? cell.padEnd(widths[i] as number) : cell.padStart(widths[i] as number);
  return lines.map((line) => `  ${line.map(pad).join("  ")}`).join("\n");
}

export function gridMarkdown({ names, rows }: Grid): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(names), `|---|${"--:|".repeat(names.length - 1)}`, ...rows.map(line)].join("\n");
}
